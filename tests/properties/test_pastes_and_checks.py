"""Whatever is pasted is read, and whatever is declared is a check or is told with its line: nothing raises."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_packs_checks import GOOD

from mlcheck.diagnosis.pasted import plain_text
from mlcheck.diagnosis.recognise import read_errors
from mlcheck.errors import ConfigurationError
from mlcheck.knowledge.error_catalogue import error_catalogue
from mlcheck.packs.load import load_pack

PIECES = [
    "Traceback (most recent call last):\n",
    '  File "a.py", line 3, in f\n    x\n',
    "The above exception was the direct cause of the following exception:\n",
    "Caused by: ",
    "\x1b[0;31m",
    "---> 3 x\n",
    "\\n",
    '{"error": "',
    *(seen.text for entry in error_catalogue() for seen in entry.seen[:1]),
]
pasted = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=12).map("".join)


@given(pasted)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_paste_of_pieces_is_read(text: str) -> None:
    reading = read_errors(plain_text(text.encode("utf-8", "surrogatepass")).text, frozenset({"a"}))
    assert len({one.error.id for one in reading.recognised}) == len(reading.recognised)
    assert not (reading.recognised and reading.nearest)


@given(st.binary(max_size=400))
@settings(max_examples=80, deadline=None)
def test_bytes_are_read(data: bytes) -> None:
    read_errors(plain_text(data).text, frozenset())


LINES = GOOD.split("\n")
STRANGE = [
    "",
    "- a",
    "  x: {",
    "    call: 3",
    "    with: []",
    "      is: [[a]]",
    "    bundle: {key: '*'}",
    "    name: team-x",
]


@given(st.integers(0, len(LINES) - 1), st.sampled_from([*STRANGE, *LINES]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_pack_with_a_line_changed_is_taken_or_told(index: int, line: str, replaced: bool) -> None:
    changed = [*LINES[:index], line, *LINES[index + replaced :]]
    try:
        load_pack("\n".join(changed), "p.yaml")
    except ConfigurationError as error:
        assert error.line().startswith("p.yaml:")
