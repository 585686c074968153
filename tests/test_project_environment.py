"""What is installed: `%pip` lines, requirements files, dependency lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.project.environment import parse_pip, parse_requirements
from mlcheck.project.installed import disjoint, with_includes
from mlcheck.project.model import Environment, NotUnderstood
from mlcheck.project.packaging_files import Package, read_pyproject, read_setup_cfg, read_setup_py
from mlcheck.project.place import Place
from mlcheck.project.poetry import poetry_requirements

PLACE = Place("notebooks/train.py", 3)


def pins(environment: Environment) -> list[tuple[str | None, bool | None]]:
    return [(one.name, one.pinned) for one in environment.requirements]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("install mlflow", [("mlflow", False)]),
        ("install -qU mlflow==3.1 'numpy<2' pandas>=2  # why", [("mlflow", True), ("numpy", True), ("pandas", False)]),
        ("install a~=1.0 b===1 c<=3 d!=2 e>1", [("a", True), ("b", True), ("c", True), ("d", False), ("e", False)]),
        ("install Scikit_Learn[extra]>=1,<2", [("scikit-learn", True)]),
        ("install \"x==1; python_version < '3.12'\"", [("x", True)]),
        ("install --index-url https://x/y --upgrade-strategy eager x", [("x", False)]),
        ("install --index-url=https://x/y -i https://x --no-deps x", [("x", False)]),
        ("install git+https://x.example/a/b@v1#egg=Some_Thing", [("some-thing", True)]),
        ("install https://x.example/c.zip", [(None, True)]),
        ("install 'a @ https://x.example/y.zip'", [("a", True)]),
        ("install ./dist/a_b-1.0-py3-none-any.whl ../lib", [("a-b", True), (None, True)]),
        ("install . -e .", [(None, True), (None, True)]),
        ("install mlflow=={version} $WHEEL/x.whl x-${V}", [("mlflow", None), (None, True), (None, None)]),
        ("install $D/some_lib-$V-py3-none-any.whl", [("some-lib", True)]),
        ("install 'x; sys_platform == \"win32\"' y", [("y", False)]),
        ("install x && pip install y==1; ls", [("x", False), ("y", True)]),
        ("install x > /dev/null 2>&1", [("x", False)]),
        ("--quiet install x", [("x", False)]),
        ("uninstall -y x", []),
        ("list", []),
        ("", []),
        ("install 'x", [("x", False)]),
        ("install -- x", [("x", False)]),
    ],
)  # fmt: skip
def test_a_pip_line_is_read_as_pip_reads_it(argument: str, expected: list[tuple[str | None, bool | None]]) -> None:
    environment = parse_pip(argument, PLACE)
    assert pins(environment) == expected
    assert environment.not_understood == ()
    assert {one.place for one in environment.requirements} <= {PLACE}


def test_what_is_no_requirement_is_not_understood() -> None:
    environment = parse_pip("install xgboost=1.7", PLACE)
    assert [(one.place, one.what) for one in environment.not_understood] == [(PLACE, "not a requirement: xgboost=1.7")]


@pytest.mark.parametrize("argument", ["install -r ../r.txt", "install -qr../r.txt", "install --requirement=../r.txt"])
def test_a_requirements_file_that_is_named_is_taken_in(argument: str) -> None:
    files = {
        "r.txt": parse_requirements("-r more/other.txt\na==1\n-c c.txt\n", "r.txt"),
        "more/other.txt": parse_requirements("b\n-r ../r.txt\n-r gone.txt", "more/other.txt"),
        "c.txt": parse_requirements("b==2\nunused==1\n", "c.txt"),
    }
    environment = with_includes(parse_pip(argument, PLACE), files)
    assert pins(environment) == [("a", True), ("b", True)]
    assert [one.what for one in environment.not_understood] == ["the requirements file gone.txt is not in the project"]
    assert environment.includes == ()


@pytest.mark.parametrize("path", ["/Workspace/r.txt", "~/r.txt", "../../r.txt", "https://x.example/r.txt"])
def test_a_file_out_of_the_project_is_not_understood(path: str) -> None:
    environment = with_includes(parse_pip(f"install -r {path}", PLACE), {})
    assert len(environment.not_understood) == 1


def test_a_requirements_file_has_places() -> None:
    text = "# why\n\nmlflow==2 ; python_version>'3'  # note\nfoo==1 \\\n    --hash=sha256:abc\n  bar\n-e .\n--pre\n"
    environment = parse_requirements(text, "requirements.txt")
    assert [(one.name, one.pinned, one.place.line, one.place.column) for one in environment.requirements] == [
        ("mlflow", True, 3, 1),
        ("foo", True, 4, 1),
        ("bar", False, 6, 3),
        (None, True, 7, 1),
    ]


@given(st.text(alphabet="ab=<>!~;[]@./-'\" \\\n#${}:&|rce1", max_size=60))
def test_no_line_raises(text: str) -> None:
    parse_pip("install " + text, PLACE)
    with_includes(parse_requirements(text, "r.txt"), {})


PYPROJECT = """\
[project]
name = "My_Package"
dependencies = [
  "mlflow==3.1",
  'pandas>=2',
]
[project.scripts]
train = "my_package.main:run"
[tool.poetry.dependencies]
python = "^3.10"
xgboost = "^1.2"
numpy = ">=1,<2"
scipy = "*"
lib = {path = "../lib"}
torch = {version = ">=2"}
[tool.poetry.scripts]
score = "my_package.score:main"
"""


def test_a_pyproject_says_dependencies_and_scripts() -> None:
    package = read_pyproject(PYPROJECT, "pyproject.toml")
    assert isinstance(package, Package)
    assert package.name == "my-package"
    assert package.scripts == {"train": "my_package.main:run", "score": "my_package.score:main"}
    assert package.environment is not None
    assert [(one.name, one.pinned, one.place.line) for one in package.environment.requirements] == [
        ("mlflow", True, 4),
        ("pandas", False, 5),
        ("xgboost", True, 11),
        ("numpy", True, 12),
        ("scipy", False, 13),
        ("lib", True, 14),
        ("torch", False, 15),
    ]


def test_a_broken_pyproject_is_not_understood() -> None:
    read = read_pyproject("[project]\nname = \n", "p/pyproject.toml")
    assert isinstance(read, NotUnderstood)
    assert read.place == Place("p/pyproject.toml", 2)


@pytest.mark.parametrize(
    "groups", ['{"console_scripts": ["train = pkg.main:run"]}', '{"packages": "train=pkg.main:run"}']
)
def test_a_setup_py_says_its_scripts(groups: str) -> None:
    package = read_setup_py(f"from setuptools import setup\nsetup(name='pkg', entry_points={groups})\n")
    assert package is not None
    assert (package.name, package.scripts) == ("pkg", {"train": "pkg.main:run"})


def test_a_setup_py_that_computes_them_says_nothing() -> None:
    assert read_setup_py("setup(entry_points=f())") == Package("", {}, None)
    assert read_setup_py("setup(entry_points=") is None


def test_a_chain_of_files_has_an_end() -> None:
    files = {f"r{n}.txt": parse_requirements(f"-r r{n + 1}.txt\np{n}==1\n", f"r{n}.txt") for n in range(3_000)}
    environment = with_includes(parse_pip("install -r r0.txt", Place("train.py", 1)), files)
    assert environment.not_understood[-1].what == "more requirements than are followed"


@pytest.mark.parametrize("text", ["[options]\ninstall_requires = a\n[options]\nx", "=", "[metadata]\nname = %(x)s", ""])
def test_no_setup_cfg_raises(text: str) -> None:
    read_setup_cfg(text, "setup.cfg")


@pytest.mark.parametrize(
    ("poetry", "expected"),
    [
        ("^1.2", "<2,>=1.2"),
        ("^0.3.1", "<0.4,>=0.3.1"),
        ("~1.2.3", "<1.3,>=1.2.3"),
        ("1.2.*", "==1.2.*"),
        ("1.2.3", "==1.2.3"),
        (">=1,<2", "<2,>=1"),
        ("*", ""),
        ("^1.2 || ^2", ""),
    ],
)
def test_poetry_says_versions_its_own_way(poetry: str, expected: str) -> None:
    (one,) = poetry_requirements({"x": poetry}, f'x = "{poetry}"', "pyproject.toml")
    assert one.specifier == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("==1.0", "==1.0", False),
        ("==1.0", "==1.1", True),
        ("==1.0", ">=1,<2", False),
        ("==2.0", "~=1.5", True),
        (">=1", "<1", False),
        ("", "==1", False),
        ("==1.*", "==2.0", True),
    ],
)
def test_versions_are_apart_only_where_one_is_exact(one: str, other: str, expected: bool) -> None:
    assert disjoint(one, other) is expected
    assert disjoint(other, one) is expected
