"""One operation on frames being read: what it looked up and found, what it could not tell, and what fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlcheck.flow.frames.problems import ColumnsRead, FrameProblem
from mlcheck.flow.frames.rows import RowFact
from mlcheck.flow.frames.schema import Schema, Spot

if TYPE_CHECKING:
    from mlcheck.flow.facts import CallSeen


@dataclass(slots=True)
class Reading:
    """Collects the facts of one operation. `spot` is where what has no place of its own is shown.

    `in_try`: a handler stands around it; `certain`: no undecided branch does.
    """

    spot: Spot
    via: str
    in_try: bool = False
    certain: bool = True
    behind: tuple[CallSeen, ...] = ()  # the calls that the frames come from
    problems: list[FrameProblem] = field(default_factory=list)
    found: dict[int, tuple[Schema, list[str]]] = field(default_factory=dict)
    open: dict[int, tuple[Schema, list[str]]] = field(default_factory=dict)
    clause: str = ""  # filter or join, while what holds there is looked up
    join: Spot | None = None  # where the other frame of a join stands
    rows: list[RowFact] = field(default_factory=list)

    def problem(
        self,
        condition: str,
        name: str,
        schema: Schema,
        spot: Spot | None = None,
        detail: str = "",
        table: str = "",
    ) -> None:
        at = spot or self.spot
        if any(one.condition == condition and one.name == name and one.spot == at for one in self.problems):
            return
        state = (self.in_try, self.certain, self.via, self.behind, self.clause)
        self.problems.append(FrameProblem(condition, at, name, schema, detail, *state, table))

    def saw(self, name: str, schema: Schema) -> None:
        """A reference was looked up, and found or known to be missing."""
        self.found.setdefault(id(schema), (schema, []))[1].append(name)

    def lost(self, name: str, schema: Schema) -> None:
        """A reference could not be told: the frame may have columns that were not seen."""
        self.open.setdefault(id(schema), (schema, []))[1].append(name)

    def reads(self) -> list[ColumnsRead | RowFact]:
        """What was looked up, by the frame that it was looked up in, and what is known of the rows."""
        both = {**{key: one[0] for key, one in self.open.items()}, **{key: one[0] for key, one in self.found.items()}}
        columns = [
            ColumnsRead(
                self.spot,
                tuple(self.found[key][1]) if key in self.found else (),
                tuple(self.open[key][1]) if key in self.open else (),
                schema,
            )
            for key, schema in both.items()
        ]
        return [*columns, *self.rows]
