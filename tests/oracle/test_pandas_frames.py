"""What mlcheck says of frames of pandas is what pandas does: columns, dtypes, what fails, and that the rest runs."""

from __future__ import annotations

import os

import pytest
from frames_of_pandas import Program, disagreements, found, read_programs
from pandas_chains import chains
from pandas_paths import paths

PROGRAMS = read_programs()
CHAINS = int(os.environ.get("PANDAS_CHAINS", "200"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.title)
def test_mlcheck_says_what_pandas_does(program: Program) -> None:
    assert disagreements(program) == []


def test_most_programs_are_known_whole() -> None:
    kinds = [found(program) for program in PROGRAMS]
    known = sum(kind in ("whole", "error") for kind in kinds)
    assert known >= 0.8 * len(PROGRAMS)


def test_random_chains_agree() -> None:
    wrong = {program.code: said for program in chains(CHAINS) if (said := disagreements(program))}
    assert wrong == {}


def test_frames_that_go_by_several_names_are_not_refused_what_they_have() -> None:
    wrong = {program.code: said for program in paths(CHAINS // 2) if (said := disagreements(program))}
    assert wrong == {}
