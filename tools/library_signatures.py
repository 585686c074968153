"""Write `src/mlcheck/knowledge/signatures.json` from released wheels: what each public function takes, by release.

    pip download --no-deps -d wheels mlflow-skinny==3.1.4 databricks-feature-engineering==0.8.0 …
    python tools/library_signatures.py wheels

A wheel is read, not imported. Of a function that is exported elsewhere the path
that users write is kept (`mlflow.log_metric`). What can't be read this way is
there and takes anything (`...`).
"""

from __future__ import annotations

import ast
import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import parse_wheel_filename
from packaging.version import Version

OUT = Path(__file__).parents[1] / "src" / "mlcheck" / "knowledge" / "signatures.json"
ANYTHING = "..."
# Decorators that leave what a function takes as it is (read in mlflow 1.20 to 3.17).
SAME = frozenset(
    [
        "format_docstring",
        "docstring_version_compatibility_warning",
        "experimental",
        "deprecated",
        "abstractmethod",
        "staticmethod",
        "trace_disabled",
        "record_usage_event",
        "require_prompt_registry",
        "translate_prompt_exception",
        "_disable_in_databricks",
        "autologging_integration",
        "autologging_is_disabled",
        "gateway_deprecated",
        "deprecated_parameter",
        "contextmanager",
        "autologging_conf_lock",
        "lru_cache",
        "cache",
        "catch_mlflow_exception",
        "overload",
        "wraps",
        "keyword_only",
    ]
)
FEATURE_ENGINEERING, FEATURE_STORE = "databricks-feature-engineering", "databricks-feature-store"
# A class as users name it, where it is defined, and the packages that bring it.
CLASSES = (
    ("mlflow.MlflowClient", "mlflow.tracking.client.MlflowClient", ("mlflow",)),
    (
        "databricks.feature_engineering.FeatureEngineeringClient",
        "databricks.feature_engineering.client.FeatureEngineeringClient",
        (FEATURE_ENGINEERING,),
    ),
    (
        "databricks.feature_store.FeatureStoreClient",
        "databricks.feature_store.client.FeatureStoreClient",
        (FEATURE_ENGINEERING, FEATURE_STORE),
    ),
)
CONSTRUCTORS = {
    FEATURE_ENGINEERING: ("databricks.feature_engineering", ("FeatureLookup", "FeatureFunction")),
    FEATURE_STORE: ("databricks.feature_store", ("FeatureLookup",)),
}
# Functions that `mlflow.data` takes in when it is imported.
DATASETS = {
    "from_spark": "spark_dataset",
    "load_delta": "spark_dataset",
    "from_pandas": "pandas_dataset",
    "from_numpy": "numpy_dataset",
    "from_tensorflow": "tensorflow_dataset",
    "from_huggingface": "huggingface_dataset",
    "from_polars": "polars_dataset",
}
MODULES = ("mlflow", "mlflow.models", "mlflow.data", "mlflow.artifacts", "mlflow.pyspark.ml", "mlflow.genai")


@dataclass(frozen=True)
class Wheel:
    """One release: its package's name, its version, and the text of its modules."""

    package: str
    version: Version
    modules: dict[str, str]


def read_wheel(path: Path) -> Wheel:
    name, version, _, _ = parse_wheel_filename(path.name)
    modules = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.endswith(".py"):
                dotted = member.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                modules[dotted] = archive.read(member).decode()
    return Wheel(name.replace("mlflow-skinny", "mlflow"), version, modules)


Definition = ast.FunctionDef | ast.ClassDef | str | None  # str: another path; None: anything


class Library:
    """The modules of one wheel, and what their names are."""

    def __init__(self, wheel: Wheel) -> None:
        self.wheel = wheel
        self._names: dict[str, dict[str, Definition]] = {}
        self.open: set[str] = set()  # modules that may have other names too

    def names(self, module: str) -> dict[str, Definition]:
        if module not in self._names:
            text = self.wheel.modules.get(module)
            self._names[module] = {}
            if text is not None:
                self._read(module, ast.parse(text))
        return self._names[module]

    def _read(self, module: str, tree: ast.Module) -> None:
        found = self._names[module]
        for statement in _statements(tree.body):
            match statement:
                case ast.FunctionDef(name="__getattr__"):
                    self.open.add(module)
                case ast.FunctionDef() | ast.ClassDef():
                    found[statement.name] = statement
                case ast.ImportFrom(names=names):
                    source = self._source(module, statement)
                    for alias in names:
                        if alias.name == "*":
                            self.open.add(module)
                        else:
                            found[alias.asname or alias.name] = f"{source}.{alias.name}"
                case ast.Import(names=names):
                    for alias in names:
                        found[alias.asname or alias.name.partition(".")[0]] = None
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as value):
                    found[name] = ast.unparse(value)  # `log_metric = mlflow.tracking.fluent.log_metric`
                case ast.Assign(targets=targets):
                    for target in targets:
                        for node in ast.walk(target):
                            if isinstance(node, ast.Name):
                                found[node.id] = None
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found[name] = None

    def _source(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        is_package = any(other.startswith(f"{module}.") for other in self.wheel.modules)
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def resolve(self, path: str, depth: int = 0) -> ast.FunctionDef | ast.ClassDef | None:
        module, _, name = path.rpartition(".")
        found = self.names(module).get(name)
        if isinstance(found, str):
            return self.resolve(found, depth + 1) if depth < 8 else None
        return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under conditions too."""
    for statement in body:
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            yield from _statements(statement.body)
            yield from _statements(getattr(statement, "orelse", []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)
        else:
            yield statement


def signature(node: ast.FunctionDef, *, method: bool) -> str:
    """What a function takes: `key, value, step=, *, run_id=, **`."""
    decorators = [_last(one) for one in node.decorator_list]
    if any(name not in SAME for name in decorators):
        return ANYTHING
    given = node.args
    names = [*given.posonlyargs, *given.args]
    defaults: list[object] = [None] * (len(names) - len(given.defaults)) + list(given.defaults)
    parts = [f"{one.arg}=" if default is not None else one.arg for one, default in zip(names, defaults)]
    if given.posonlyargs:
        parts.insert(len(given.posonlyargs), "/")
    if method and "staticmethod" not in decorators:
        parts = parts[1:]
    if given.vararg or given.kwonlyargs:
        parts.append(f"*{'args' if given.vararg else ''}")
    parts += [f"{one.arg}=" if default else one.arg for one, default in zip(given.kwonlyargs, given.kw_defaults)]
    renamed = [_renamed(one) for one in node.decorator_list if _last(one) == "deprecated_parameter"]
    if renamed:  # the older names are taken too
        parts = [f"{part.rstrip('=')}=" for part in parts]
        if "*" not in parts and "*args" not in parts:
            parts.append("*")
        parts += [f"{old}=" for old in renamed]
    if given.kwarg:
        parts.append("**")
    return ", ".join(parts)


def _last(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "?")


def _renamed(node: ast.expr) -> str:
    assert isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant)
    return str(node.args[0].value)


def takes(wheel: Wheel) -> dict[str, str]:
    """By path, what each public function of a release takes; a module whose names are all known is `path.*`."""
    library = Library(wheel)
    found: dict[str, str] = {}
    if wheel.package == "mlflow":
        for module in sorted({*MODULES, *_flavors(wheel)}):
            found |= _of_module(library, module)
        for name, module in DATASETS.items():
            node = library.resolve(f"mlflow.data.{module}.{name}")
            if isinstance(node, ast.FunctionDef):
                found[f"mlflow.data.{name}"] = signature(node, method=False)
        found.pop("mlflow.data.*", None)
    for path, defined, packages in CLASSES:
        if wheel.package in packages:
            found |= _of_class(library, path, defined)
    module, names = CONSTRUCTORS.get(wheel.package, ("", ()))
    for name in names:
        node = library.resolve(f"{module}.{name}")
        if isinstance(node, ast.ClassDef):
            found[f"databricks.feature_engineering.{name}"] = _constructor(node)
    return found


def _flavors(wheel: Wheel) -> Iterator[str]:
    for name, text in wheel.modules.items():
        if name.count(".") == 1 and ("def log_model(" in text or "def autolog(" in text or "def load_model(" in text):
            yield name


def _of_module(library: Library, module: str) -> dict[str, str]:
    names = library.names(module)
    if not names:
        return {}
    found = {}
    for name in names:
        if name.startswith("_"):
            continue
        node = library.resolve(f"{module}.{name}")
        takes = signature(node, method=False) if isinstance(node, ast.FunctionDef) else ANYTHING
        found[f"{module}.{name}"] = takes
    depth = module.count(".") + 1
    submodules = {other.split(".")[depth] for other in library.wheel.modules if other.startswith(f"{module}.")}
    found |= {f"{module}.{name}": ANYTHING for name in submodules if f"{module}.{name}" not in found and name[0] != "_"}
    if module not in library.open:
        found[f"{module}.*"] = ""
    return found


def _of_class(library: Library, path: str, defined: str) -> dict[str, str]:
    node = library.resolve(defined)
    if not isinstance(node, ast.ClassDef):
        return {}
    found = {path: _constructor(node)}
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            found[f"{path}.{one.name}"] = signature(one, method=True)
    if all(ast.unparse(base) == "object" for base in node.bases):
        found[f"{path}.*"] = ""
    return found


def _constructor(node: ast.ClassDef) -> str:
    made = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    return signature(made, method=True) if made is not None else ANYTHING


def compact(wheels: list[Wheel]) -> dict[str, object]:
    """Each function's signatures by the first release that has them; null where it is not there."""
    texts: dict[str, int] = {}
    packages: dict[str, object] = {}
    for package in sorted({wheel.package for wheel in wheels}):
        releases = sorted((wheel for wheel in wheels if wheel.package == package), key=lambda one: one.version)
        found = [takes(wheel) for wheel in releases]
        functions: dict[str, list[list[int | None]]] = {}
        for path in sorted({path for one in found for path in one}):
            runs: list[list[int | None]] = []
            for index, one in enumerate(found):
                text = one.get(path)
                number = None if text is None else texts.setdefault(text, len(texts))
                if (runs[-1][1] if runs else None) != number:
                    runs.append([index, number])
            functions[path] = runs
        packages[package] = {"releases": [str(one.version) for one in releases], "functions": functions}
    return {
        "source": "Released wheels of mlflow-skinny, databricks-feature-engineering and databricks-feature-store, "
        "read by tools/library_signatures.py",
        "signatures": list(texts),
        "packages": packages,
    }


def main(folder: Path) -> None:
    wheels = [read_wheel(path) for path in sorted(folder.glob("*.whl"))]
    data = compact([wheel for wheel in wheels if wheel.modules])
    OUT.write_text(json.dumps(data, separators=(",", ":")).replace('],"', '],\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
