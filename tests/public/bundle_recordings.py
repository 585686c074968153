"""What the Databricks CLI's acceptance tests recorded of its bundles: resolved configurations, and diagnostics.

A test is a folder with a `script`, its bundle, and the output of each command.
A bundle that the script makes of a template by `envsubst` is made here too, each
variable by its mask in the output. A script is followed until it changes files
in another way; what it calls after that is left out.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CALL = re.compile(r"bundle\s+validate\b")
_EDITS = re.compile(
    r"\b(sed -i|update_file|replace_ids|git init|bundle init|bundle generate|unset)\b|<<"
    r"|>\s*\S*\.ya?ml\b|\b(mv|rm|cp)\b.*\.ya?ml\b"
)
_TEMPLATE = re.compile(r"^\s*envsubst < (\S+) > (\S+\.ya?ml)\s*$", re.M)
_VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]+)\}?")
_MASKS = {"CURRENT_USER_NAME": "USERNAME"}
_MASK_NUMBER = re.compile(r"(?<=[:\[,\s])(\[[A-Z][A-Z0-9_]*\])(?=\s*[,}\]\n])")
_DIAGNOSTIC = re.compile(r"^(Error|Warning|Recommendation): (.*)$")
_IN = re.compile(r"^(?:  in | {5})(\S+?):(\d+):(\d+)$")


@dataclass(frozen=True)
class Diagnostic:
    """One error or warning that the CLI printed, with the places that it names."""

    severity: str
    text: str
    places: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class Recording:
    """One call of `bundle validate` (or a plan) and what it gave."""

    test: str
    folder: Path  # where the bundle lies
    target: str | None
    query: str  # the jq filter that the output went through, "." for none
    output: object | None  # None where it was no JSON
    diagnostics: tuple[Diagnostic, ...] = ()
    failed: bool = False  # the CLI stopped: what it printed may be half resolved
    heard: bool = False  # its warnings and errors are in the recording


@dataclass
class Recordings:
    """All of them, and the tests that were left out, by reason."""

    found: list[Recording] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    tests: int = 0


@dataclass
class _Call:
    """A call as a script has it."""

    words: list[str]
    traced: bool
    folder: str
    target: str | None
    query: str
    to: str | None
    given: bool  # variables from outside
    is_json: bool


def read_recordings(cli: Path, made: Path) -> Recordings:
    """Every recorded call below the CLI's `acceptance/bundle`; bundles made of templates are put into `made`."""
    root = cli / "acceptance" / "bundle"
    recordings = Recordings()
    for script in sorted(root.rglob("script")):
        recordings.tests += 1
        name = script.parent.relative_to(root).as_posix()
        text = script.read_text(encoding="utf-8").replace("\\\n", " ")
        templates = _TEMPLATE.findall(text)
        text = _until_changed(_TEMPLATE.sub("", text))
        folder = (
            _from_templates(script.parent, templates, made / name.replace("/", "+")) if templates else script.parent
        )
        if folder is None:
            recordings.left_out[name] = "its template can't be made here"
        elif not any(folder.glob("**/databricks.y*ml")):
            recordings.left_out[name] = "no bundle of its own stands there"
        else:
            found = [*_validated(name, folder, text), *_planned(name, folder, text)]
            recordings.found += found
            if not found:
                recordings.left_out[name] = "no resolved configuration or diagnostic of the bundle as it stands"
    return recordings


def _until_changed(text: str) -> str:
    """The script up to the line that changes files."""
    lines = text.split("\n")
    end = next((index for index, line in enumerate(lines) if _EDITS.search(line)), len(lines))
    return "\n".join(lines[:end])


def _from_templates(folder: Path, templates: list[tuple[str, str]], made: Path) -> Path | None:
    """A copy of a test in which its templates are filled in, each variable by a word that stands for its mask."""
    shutil.copytree(folder, made, symlinks=True)
    for source, target in templates:
        path = folder / source
        if "$" in source + target or not path.is_file() or not (made / target).parent.is_dir():
            return None
        text = _VARIABLE.sub(lambda match: masked(match.group(1)), path.read_text(encoding="utf-8"))
        (made / target).write_text(text, encoding="utf-8")
    return made


def masked(name: str) -> str:
    """What stands for a variable of the environment in a file that is read as YAML."""
    return f"MASK-{_MASKS.get(name, name)}-MASK"


def unmasked(text: str) -> str:
    """The text with each mask as the recorded output has it."""
    return re.sub(r"MASK-([A-Z0-9_]+)-MASK", r"[\1]", text)


# --- bundle validate -------------------------------------------------------------------


def _validated(name: str, folder: Path, text: str) -> Iterator[Recording]:
    calls = [*_calls(text)]
    output = folder / "output.txt"
    printed = output.read_text(encoding="utf-8") if output.is_file() else ""
    chunks = _chunks(printed)
    untraced = [call for call in calls if not call.traced and call.to is None]
    blocks = _json_values(chunks[0][1]) if chunks else []
    position = 0
    for call in calls:
        body: str | None = None
        if call.traced:
            body, position = _next_body(chunks, call, position)
        value, parsed = None, False
        if call.to is not None and call.is_json:
            value, parsed = _file_value(folder, call.to)
        elif call.traced and body is not None and call.is_json:
            values = _json_values(body)
            value, parsed = (values[0], True) if values else (None, False)
        elif not call.traced and call.is_json and len(untraced) == len(blocks):
            value, parsed = blocks[untraced.index(call)], True
        if call.given:
            continue
        diagnostics = tuple(_diagnostics(body)) if body is not None else ()
        failed = "Exit code:" in body if body is not None else bool(re.search("^Error: ", printed, re.M))
        if parsed or diagnostics or (call.traced and body is not None):
            yield Recording(
                name,
                folder / call.folder,
                call.target,
                call.query,
                value if parsed else None,
                diagnostics,
                failed,
                body is not None,
            )


def _calls(text: str) -> Iterator[_Call]:
    folder, given = ".", False
    values = dict(re.findall(r"^(\w+)='([^'\n]*)'\s*$", text, re.M))
    for line in text.split("\n"):
        stripped = line.strip()
        moved = re.match(r"cd\s+(\S+)\s*$", stripped)
        if moved:
            folder = (Path(folder) / moved.group(1)).as_posix() if moved.group(1) != "-" else "."
        given = given or stripped.startswith("export BUNDLE_VAR")
        if stripped.startswith("#") or not _CALL.search(stripped):
            continue
        yield _call(stripped, folder, values, given)


def _call(line: str, folder: str, values: dict[str, str], given: bool) -> _Call:
    head, _, tail = line.partition("|")
    command, _, to = head.partition(">")
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    if "withdir" in words:
        folder = (Path(folder) / words[words.index("withdir") + 1]).as_posix()
    target = None
    for index, word in enumerate(words):
        if word in ("-t", "--target") and index + 1 < len(words):
            target = words[index + 1]
    is_json = bool(re.search(r"(-o|--output)[ =]json", command))
    query, piped_to = _query(tail, values)
    place = piped_to or (to.split()[0] if to.split() and not head.rstrip().endswith("2>") else None)
    given = given or bool(
        re.search(r"BUNDLE_VAR_|--var|DATABRICKS_BUNDLE_ENV|DATABRICKS_CLUSTER_ID|--cluster-id", command)
    )
    return _Call(words, "trace" in words, folder, target, query, place, given, is_json)


def _query(tail: str, values: dict[str, str]) -> tuple[str, str | None]:
    if not tail.strip():
        return ".", None
    match = re.match(r"""\s*jq\s+(?:-[rcS]\s+)*(?:'([^']*)'|"([^"]*)"|(\S+))\s*(?:>\s*(\S+))?\s*$""", tail)
    if match is None:
        return "?", None
    query = next(one for one in match.group(1, 2, 3) if one is not None)
    if query.startswith("$"):
        query = values.get(query[1:], "?")
    return ("?" if "$" in query else query), match.group(4)


def _chunks(printed: str) -> list[tuple[str, str]]:
    """The output, by the command that is echoed above each part of it."""
    parts = re.split(r"^>>> (.*)$", printed, flags=re.M)
    return [("", parts[0]), *zip(parts[1::2], parts[2::2])]


def _next_body(chunks: list[tuple[str, str]], call: _Call, position: int) -> tuple[str | None, int]:
    for index in range(position, len(chunks)):
        echo, body = chunks[index]
        if (
            _CALL.search(echo)
            and (call.target is None or re.search(rf"(-t|--target)[ =]{re.escape(call.target)}\b", echo))
            and ("json" in echo) == call.is_json
        ):
            return body, index + 1
    return None, position


def _json_values(text: str) -> list[object]:
    decoder = json.JSONDecoder()
    found: list[object] = []
    text = _MASK_NUMBER.sub(r'"\1"', text)
    position = 0
    while position < len(text):
        match = re.compile(r'^(?=[{\["]|null|true|false|-?\d)', re.M).search(text, position)
        if match is None:
            break
        try:
            value, position = decoder.raw_decode(text, match.start())
            found.append(value)
        except json.JSONDecodeError:
            position = match.start() + 1
    return found


def _file_value(folder: Path, to: str) -> tuple[object | None, bool]:
    for engine in ("direct", "terraform"):
        path = folder / re.sub(r"\$\{?DATABRICKS_BUNDLE_ENGINE\}?", engine, to)
        if path.is_file():
            values = _json_values(path.read_text(encoding="utf-8"))
            if values:
                return values[0], True
    return None, False


def _diagnostics(body: str) -> Iterator[Diagnostic]:
    lines = body.split("\n")
    for index, line in enumerate(lines):
        match = _DIAGNOSTIC.match(line)
        if match is None:
            continue
        places = []
        for further in lines[index + 1 : index + 12]:
            if not further.strip() or _DIAGNOSTIC.match(further):
                break
            place = _IN.match(further)
            if place:
                places.append((place.group(1), int(place.group(2)), int(place.group(3))))
        yield Diagnostic(match.group(1).lower(), match.group(2), tuple(places))


# --- plans -----------------------------------------------------------------------------


def _planned(name: str, folder: Path, text: str) -> Iterator[Recording]:
    """Resources that a plan is about to create, where the script makes one plan of an untouched bundle.

    Permissions and grants are steps of their own in a plan.
    """
    if "cd " in text or "BUNDLE_VAR" in text or "--var" in text:
        return
    for to in re.findall(r"bundle plan\b[^\n|]*-o json[^\n|]*>\s*(out\.plan\S*\.json)", text):
        path = folder / re.sub(r"\$\{?DATABRICKS_BUNDLE_ENGINE\}?", "direct", to)
        if not path.is_file():
            continue
        values = _json_values(path.read_text(encoding="utf-8"))
        plan = values[0].get("plan", {}) if values and isinstance(values[0], dict) else {}
        made: dict[str, dict[str, object]] = {}
        for key, entry in plan.items():
            steps = key.split(".")
            value = entry.get("new_state", {}).get("value") if isinstance(entry, dict) else None
            if entry.get("action") == "create" and len(steps) == 3 and isinstance(value, dict):
                made.setdefault(steps[1], {})[steps[2]] = {**value, "permissions": None, "grants": None}
        if made:
            target = re.search(r"bundle plan.*(?:-t|--target)[ =](\w+)", text)
            yield Recording(f"{name} ({path.name})", folder, target.group(1) if target else None, "plan", made)
