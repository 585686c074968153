"""A tree as one Project: each file read once, by its kind."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mlcheck.errors import CouldNotError
from mlcheck.project.bundle import read_bundles
from mlcheck.project.bundle_beside import with_made, with_outside, with_unreached
from mlcheck.project.code import read_code
from mlcheck.project.conda_files import IS_CONDA, read_conda
from mlcheck.project.config_files import MAX_CONFIG, named_config
from mlcheck.project.environment import parse_requirements
from mlcheck.project.file_index import FileIndex, index_files
from mlcheck.project.globs import path_matcher
from mlcheck.project.model import (
    Code,
    Environment,
    LeftOut,
    NotUnderstood,
    Project,
    SavedModel,
    Settings,
    TableSchema,
)
from mlcheck.project.named_files import named_requirements
from mlcheck.project.other_jobs import other_jobs
from mlcheck.project.packaging_files import (
    Package,
    own_packages,
    read_pyproject,
    read_setup_cfg,
    read_setup_py,
    script_files,
)
from mlcheck.project.place import Place
from mlcheck.project.saved_model import FILE_NAME as SAVED_MODEL
from mlcheck.project.saved_model import read_saved_model
from mlcheck.project.schema_contract import may_be_contract, read_contract
from mlcheck.project.schema_dbt import may_be_dbt, read_dbt
from mlcheck.project.schema_ddl import may_create_tables, read_ddl
from mlcheck.project.schema_snapshot import may_be_snapshot, read_snapshot
from mlcheck.project.schemas import may_be_schema, read_schemas
from mlcheck.project.source_text import decode_text, unified_line_ends
from mlcheck.project.tree import Tree
from mlcheck.project.yaml_nodes import GO_TEMPLATE, YamlError, YamlNode, read_yaml

OWN_FOLDER = ".mlcheck/"

_CODE = (".py", ".ipynb", ".sql", ".r", ".scala")
_YAML = (".yml", ".yaml")
_REQUIREMENTS = re.compile(r"(?:.*/)?(?:requirements[^/]*|[^/]*[-_.]requirements|requirements/[^/]+)\.(?:txt|in)\Z")
_TEMPLATE = re.compile(r".*\.tmpl\Z|.*\{\{|.*\{%|(?:.*/)?cookiecutter", re.DOTALL)
_GO_TEMPLATE = re.compile(r"\{\{-?\s*(?:\.|template|if|range|end|skip)")
MAX_TEXT = 8 * 1024 * 1024


def load_project(tree: Tree, settings: Settings, looked_into: Sequence[str] = ()) -> Project:
    """Everything that is there, with positions; what can't be read is in `not_understood`.

    `looked_into`: globs of files of any kind whose text is wanted too.
    """
    listed = [path for path in tree.list() if not path.startswith(OWN_FOLDER)]
    index = index_files(tree, listed)
    excluded = path_matcher(settings.exclude)
    left_out = list(index.left_out)
    files: list[str] = []
    for path in listed:
        why = "excluded by settings" if excluded(path) else _why_left_out(path)
        if why is not None:
            left_out.append(LeftOut(path, why))
        elif path in index.files:
            files.append(path)
    loading = _Loading(tree, index, settings)
    loading.read(files)
    project = loading.project(tuple(files), tuple(left_out))
    return replace(project, looked_into=loading.others(files, looked_into)) if looked_into else project


def _why_left_out(path: str) -> str | None:
    return "a template" if _TEMPLATE.match(path) else None


@dataclass(slots=True)
class _Loading:
    """What has been read so far."""

    tree: Tree
    index: FileIndex
    settings: Settings
    code: dict[str, Code] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    schemas: list[TableSchema] = field(default_factory=list)
    saved_models: list[SavedModel] = field(default_factory=list)
    packages: list[tuple[str, Package]] = field(default_factory=list)
    not_understood: list[NotUnderstood] = field(default_factory=list)
    yaml: dict[str, YamlNode | NotUnderstood | None] = field(default_factory=dict)

    def read(self, files: list[str]) -> None:
        declared = path_matcher(self.settings.schemas)
        for path in files:
            lower = path.lower()
            if lower.endswith(_CODE):
                self._code(path, lower)
            elif lower.endswith(_YAML):
                self._yaml_file(path, declared(path))
            elif lower.endswith(".toml"):
                self._toml(path)
            elif posixpath.basename(lower) == "setup.cfg":
                self._setup_cfg(path)
            elif _REQUIREMENTS.match(lower):
                self._requirements(path)
            elif lower.endswith(".json") and (declared(path) or "schema" in posixpath.basename(lower)):
                self._snapshot(path, declared(path))
            elif posixpath.basename(path) == SAVED_MODEL:
                self._saved_model(path)

    def project(self, files: tuple[str, ...], left_out: tuple[LeftOut, ...]) -> Project:
        """The project; the bundles are read last, since they name files."""
        read = read_bundles(files, self.yaml_node, self.index)
        found = with_made(with_unreached(read.bundles, self.texts, self.yaml_node), files, self._text_of_any)
        bundles = tuple(with_outside(found, files, self._text_of_any))
        read_by_bundles = {path for bundle in bundles for path in bundle.files}
        unreached = {key.place.path for bundle in bundles for key, _ in bundle.unreached}
        of_bundles = [lost for bundle in bundles for lost in bundle.not_understood]
        others = tuple(other_jobs(files, frozenset(read_by_bundles | unreached), self._text_of_any))
        for path in files:
            if path in read_by_bundles and path not in self.texts:
                self._text(path)
        for path in list(named_requirements(self.code, bundles, self.environments, files)):
            self._requirements(path)
        self._config(read_by_bundles, files)
        return Project(
            files=files,
            code=self.code,
            bundles=bundles,
            environments=self.environments,
            schemas=tuple(self.schemas),
            settings=self.settings,
            texts=self.texts,
            wheel_scripts=dict(self._wheel_scripts()),
            left_out=left_out,
            not_understood=tuple(dict.fromkeys([*self.not_understood, *read.not_understood, *of_bundles, *others])),
            packages=own_packages(self.packages),
            saved_models=tuple(self.saved_models),
            other_jobs=others,
        )

    def others(self, files: list[str], globs: Sequence[str]) -> dict[str, str]:
        """The texts of files that nothing else reads, where globs mean them; what is no text is left out."""
        meant = path_matcher(globs)
        found: dict[str, str] = {}
        for path in files:
            raw = self._bytes(path) if meant(path) and path not in self.texts and path not in self.code else None
            text = decode_text(raw, path) if raw is not None and len(raw) <= MAX_TEXT else None
            if isinstance(text, str):
                found[path] = text
        return found

    # --- by kind ------------------------------------------------------------

    def _code(self, path: str, lower: str) -> None:
        raw = self._bytes(path)
        if raw is None:
            return
        read = read_code(path, raw)
        if isinstance(read, NotUnderstood):
            self.not_understood.append(read)
        elif read is not None:
            self.code[path] = read
        if lower.endswith(".ipynb") or isinstance(read, NotUnderstood):
            return  # a notebook's lines are its code's
        self.texts[path] = self._source_text(path, raw, read)
        if lower.endswith(".sql") and may_create_tables(self.texts[path]):
            self.schemas.extend(read_ddl(self.texts[path], path))
        if posixpath.basename(path) == "setup.py":
            package = read_setup_py(self.texts[path], path)
            if package is not None:
                self.packages.append((path, package))

    def _source_text(self, path: str, raw: bytes, read: Code | None) -> str:
        """The text as the file has it: the code's own, unless magics changed it."""
        if read is not None and read.kind == "module":
            return read.text
        text = decode_text(raw, path)
        if read is not None and (isinstance(text, NotUnderstood) or text == read.text):
            return read.text  # one string for both
        return text if isinstance(text, str) else ""

    def _yaml_file(self, path: str, declared: bool) -> None:
        text = self._text(path)
        if text is None:
            return
        if "dependencies" in text and IS_CONDA.match(path):
            self._conda(path)
        raw = text.encode()
        if not (declared or may_be_schema(raw) or may_be_dbt(raw) or may_be_contract(raw)):
            return
        node = self.yaml_node(path)
        if isinstance(node, NotUnderstood):
            self.not_understood.append(node)
            return
        self._take_schemas([*read_schemas(node), *read_dbt(node), *read_contract(node)], path, declared)

    def _take_schemas(self, read: Iterable[TableSchema | NotUnderstood], path: str, declared: bool) -> None:
        found = list(read)
        for one in found:
            if isinstance(one, TableSchema):
                self.schemas.append(one)
            else:
                self.not_understood.append(one)
        if declared and not found:
            self.not_understood.append(NotUnderstood(Place(path, 1), "not a schema: no table with columns in it"))

    def _snapshot(self, path: str, declared: bool) -> None:
        text = self._text(path)
        if text is not None and IS_CONDA.match(path) and "dependencies" in text:
            self._conda(path)
        if text is None or not (declared or may_be_snapshot(text.encode())):
            return
        node = self.yaml_node(path)
        if isinstance(node, NotUnderstood):
            self.not_understood.append(node)
        else:
            self._take_schemas(read_snapshot(node), path, declared)

    def _saved_model(self, path: str) -> None:
        if self._text(path) is None:
            return
        node = self.yaml_node(path)
        read = node if isinstance(node, NotUnderstood) else read_saved_model(node, path)
        if isinstance(read, SavedModel):
            self.saved_models.append(read)
        else:
            self.not_understood.append(read)

    def _conda(self, path: str) -> None:
        node = self.yaml_node(path)
        read = None if isinstance(node, NotUnderstood) else read_conda(node, path)
        if read is not None:
            self.environments[path] = read

    def _toml(self, path: str) -> None:
        text = self._text(path)
        if text is None or posixpath.basename(path) != "pyproject.toml":
            return
        package = read_pyproject(text, path)
        if isinstance(package, NotUnderstood):
            self.not_understood.append(package)
            return
        self.packages.append((path, package))
        if package.environment is not None:
            self.environments[path] = package.environment

    def _setup_cfg(self, path: str) -> None:
        text = self._text(path)
        package = read_setup_cfg(text, path) if text is not None else None
        if package is not None:
            self.packages.append((path, package))

    def _requirements(self, path: str) -> None:
        text = self._text(path)
        if text is not None:
            self.environments[path] = parse_requirements(text, path)

    def _config(self, bundles: Iterable[str], files: Iterable[str]) -> None:
        """The texts of data files that code names; one that can't be read is not there for it."""
        texts = [self.texts[path] for path in bundles if path in self.texts]
        for path in named_config(self.code, texts, files):
            raw = self._bytes(path) if path not in self.texts else None
            text = decode_text(raw, path) if raw is not None and len(raw) <= MAX_CONFIG else None
            if isinstance(text, str):
                self.texts[path] = text

    def _wheel_scripts(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Scripts by `package:script`, and by their name alone where only one package has it."""
        by_name: dict[str, set[tuple[str, str]]] = {}
        for path, package in self.packages:
            for name, target in script_files(package, path, self.index):
                yield f"{package.name}:{name}", target
                by_name.setdefault(name, set()).add(target)
        for name, targets in by_name.items():
            if len(targets) == 1:
                yield name, next(iter(targets))

    # --- bytes, texts, nodes -----------------------------------------------------

    def _bytes(self, path: str) -> bytes | None:
        try:
            return self.tree.read(path)
        except CouldNotError as error:
            self.not_understood.append(NotUnderstood(Place(path, 1), error.what))
            return None

    def _text(self, path: str) -> str | None:
        """A configuration file's text, UTF-8 or, where its mark says so, UTF-16."""
        raw = self._bytes(path)
        if raw is None:
            return None
        if len(raw) > MAX_TEXT:
            self.not_understood.append(NotUnderstood(Place(path, 1), f"{len(raw):,} bytes are over the limit"))
            return None
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text: str | NotUnderstood = unified_line_ends(raw.decode("utf-16", "replace"))
        else:
            text = decode_text(raw, path)
        if isinstance(text, NotUnderstood):
            self.not_understood.append(text)
            return None
        self.texts[path] = text
        return text

    def _text_of_any(self, path: str) -> str | None:
        """A file's text as it is, only to look for words in it."""
        if path in self.texts:
            return self.texts[path]
        raw = self._bytes(path)
        return raw.decode("utf-8", "replace") if raw is not None and len(raw) <= MAX_TEXT else None

    def yaml_node(self, path: str) -> YamlNode | NotUnderstood | None:
        """A YAML file's node, read once; why it can't be read, where it can't."""
        if path not in self.yaml:
            self.yaml[path] = self._read_yaml(path)
        return self.yaml[path]

    def _read_yaml(self, path: str) -> YamlNode | NotUnderstood | None:
        text = self.texts.get(path)
        if text is None:
            text = self._text(path)
        if text is None:
            return NotUnderstood(Place(path, 1), "can't be read as text")
        try:
            return read_yaml(text, path)
        except YamlError as error:
            template = GO_TEMPLATE if _GO_TEMPLATE.search(text) else ""
            return NotUnderstood(error.place, error.what + template)
