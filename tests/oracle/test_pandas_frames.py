"""What mlcheck says of frames of pandas is what pandas does: columns, dtypes, what fails, and that the rest runs."""

from __future__ import annotations

import pytest
from frames_of_pandas import Program, disagreements, found, read_programs

PROGRAMS = read_programs()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.title)
def test_mlcheck_says_what_pandas_does(program: Program) -> None:
    assert disagreements(program) == []


def test_most_programs_are_known_whole() -> None:
    kinds = [found(program) for program in PROGRAMS]
    known = sum(kind in ("whole", "error") for kind in kinds)
    assert known >= 0.8 * len(PROGRAMS)
