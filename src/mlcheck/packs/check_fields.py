"""A declared check's keys, read from a pack's YAML: each mistake is told with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlcheck.checks.base import Severity
from mlcheck.checks.declared.model import (
    BundleRule,
    CallRule,
    DeclaredCheck,
    FileRule,
    ImportRule,
    Rule,
    Scalar,
    Wanted,
)
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.packs.fields import (
    Mistakes,
    known_entries,
    read_flag,
    read_line,
    read_lines,
    read_text,
    reads_one_of,
    value_place,
)
from mlcheck.packs.patterns import pattern_refusal
from mlcheck.packs.vocabulary import ROLES
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

CHECK_KEYS = ("name", "severity", "message", "why", "help", "call", "bundle", "import", "file", "bad", "good")
KINDS = ("call", "bundle", "import", "file")
RULE_KEYS: Mapping[str, tuple[str, ...]] = {
    "call": ("name", "never", "required", "with", "without", "in"),
    "bundle": ("key", "absent", "optional", "is", "matches", "targets"),
    "import": ("module", "allowed_in", "required", "in"),
    "file": ("path", "absent", "contains"),
}
SEVERITIES = ("error", "warning", "info")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_CALL = re.compile(r"(?:(?:\*\*?|[A-Za-z_]\w*)\.)*[A-Za-z_]\w*")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SEGMENT = re.compile(r'"(?P<quoted>[^"]+)"|(?P<bare>[^."]+)')
_SUBJECT = re.compile(r"\{([A-Za-z_]+)\}")

Entries = Mapping[str, tuple[YamlScalar, YamlNode]]


def read_checks(node: YamlNode, place: Place, pack: str, mistakes: Mistakes) -> tuple[DeclaredCheck, ...]:
    """The checks that a pack declares, those that are right."""
    if not isinstance(node, YamlList) or not node.items:
        mistakes.add(place, "`checks` is a list of at least one check", f"write `- name: {pack or 'team'}-…` below it")
        return ()
    found: dict[str, DeclaredCheck] = {}
    for one in node.items:
        check = _check(one, pack, mistakes)
        if check is not None and check.name in found:
            first = found[check.name].place.line
            mistakes.add(check.place, f"`{check.name}` is there twice", f"the first is on line {first}")
        elif check is not None:
            found[check.name] = check
    return tuple(found.values())


def _check(node: YamlNode, pack: str, mistakes: Mistakes) -> DeclaredCheck | None:
    if not isinstance(node, YamlMap):
        mistakes.add(node.place, "a check is a mapping", "write `- name: …` and its keys")
        return None
    before = len(mistakes.found)
    entries = known_entries(node, CHECK_KEYS, "a check", mistakes)
    places = {key: value_place(*value) for key, value in entries.items()}
    texts = {
        key: _read(read_text if key in ("help", "bad", "good") else read_line, entries, key, mistakes) for key in _TEXTS
    }
    name = _name(texts["name"], places, pack, mistakes)
    severity: Severity = _read(reads_one_of(SEVERITIES), entries, "severity", mistakes) or "warning"
    for key in ("name", "message", "why"):
        if key not in entries and len(entries) == len(node.entries):
            mistakes.add(node.place, f"a check needs `{key}`", f"add `{key}:`")
    kind = _kind(entries, node, mistakes)
    rule = _RULES[kind](*_rule_entries(kind, entries, mistakes), mistakes) if kind is not None else None
    if rule is not None and "message" in places:
        _subjects_known(rule, texts["message"] or "", places["message"], mistakes)
    if rule is None or name is None or len(mistakes.found) > before:
        return None
    return DeclaredCheck(
        name,
        severity,
        texts["message"] or "",
        texts["why"] or "",
        texts["help"] or "",
        rule,
        texts["bad"] or "",
        texts["good"] or "",
        places["name"],
        places,
    )


_TEXTS = ("name", "message", "why", "help", "bad", "good")


def _read(reader: Callable[..., Any], entries: Entries, key: str, mistakes: Mistakes) -> Any:
    node = entries.get(key)
    return reader(node[1], value_place(*node), key, mistakes) if node is not None else None


def _name(name: str | None, places: Mapping[str, Place], pack: str, mistakes: Mistakes) -> str | None:
    """The name, with the pack's in front: so no check that ships, now or later, has it."""
    if name is None:
        return None
    if not _NAME.fullmatch(name):
        mistakes.add(places["name"], f"`name: {name}` has not the right form", f"write it like `{pack}-tag-missing`")
    elif pack and not name.startswith(f"{pack}-"):
        mistakes.add(places["name"], f"`{name}` does not begin with the pack's name", f"name it `{pack}-{name}`")
    elif name in CHECK_NAMES:
        mistakes.add(places["name"], f"`{name}` is a check of mlcheck's", "take another name")
    else:
        return name
    return None


def _kind(entries: Entries, node: YamlMap, mistakes: Mistakes) -> str | None:
    kinds = [kind for kind in KINDS if kind in entries]
    if len(kinds) == 1:
        return kinds[0]
    if kinds:
        place = entries[kinds[1]][0].place
        mistakes.add(place, f"a check has one rule, and this has {' and '.join(kinds)}", "make two checks of it")
    elif len(entries) == len(node.entries):  # no key was misspelt, which is told already
        mistakes.add(node.place, "a check needs a rule", f"add one of {', '.join(f'`{kind}:`' for kind in KINDS)}")
    return None


def _subjects_known(rule: Rule, message: str, place: Place, mistakes: Mistakes) -> None:
    """`message` names in braces only what a finding of this rule speaks of; `help` may hold braces of its own."""
    known = _speaks_of(rule)
    for name in _SUBJECT.findall(message):
        if name not in known:
            help = f"known: {', '.join(f'`{{{one}}}`' for one in known)}"
            mistakes.add(place, f"`{{{name}}}` is nothing that this check speaks of", help)


def _speaks_of(rule: Rule) -> tuple[str, ...]:
    """The names that a finding's subject has."""
    match rule:
        case CallRule(having=having, lacking=lacking):
            return ("call", "argument", "value") if having or lacking else ("call",)
        case BundleRule(key=key):
            below = {"resources": ("resource",), "targets": ("target",)}.get(key[0], ()) if len(key) > 1 else ()
            job = ("job",) if key[:2] == ("resources", "jobs") else ()
            task = ("task",) if job and key[3:4] == ("tasks",) and len(key) > 4 else ()
            return ("key", "value", *below, *job, *task)
        case ImportRule():
            return ("module", "path")
        case FileRule():
            return ("path",)


def _rule_entries(kind: str, entries: Entries, mistakes: Mistakes) -> tuple[Entries, Place]:
    key, node = entries[kind]
    short = {"call": "name", "bundle": "key", "import": "module", "file": "path"}[kind]
    if not isinstance(node, YamlMap):
        mistakes.add(value_place(key, node), f"`{kind}` is a mapping", f"write `{kind}: {{{short}: …}}`")
        return {}, key.place
    found = known_entries(node, RULE_KEYS[kind], f"`{kind}`", mistakes)
    if short not in found and len(found) == len(node.entries):
        mistakes.add(node.place, f"`{kind}` needs `{short}`", f"add `{short}:`")
    return found, key.place


# --- the four rules -----------------------------------------------------------


def _call(entries: Entries, place: Place, mistakes: Mistakes) -> Rule | None:
    names = _names(entries, "name", _CALL, "mlflow.*.log_model", mistakes)
    never = bool(_read(read_flag, entries, "never", mistakes))
    required = bool(_read(read_flag, entries, "required", mistakes))
    having, lacking = (_arguments(entries, key, mistakes) for key in ("with", "without"))
    role = _read(reads_one_of(ROLES), entries, "in", mistakes)
    if entries and not (never or required or having or lacking):
        mistakes.add(
            place, "`call` says nothing of the call", "add `never: true`, `required: true`, `with:` or `without:`"
        )
    if never and (required or having or lacking):
        mistakes.add(entries["never"][0].place, "a call that is never made has no other condition", "take `never` out")
    return CallRule(names, never, required, having, lacking, role) if names else None


def _bundle(entries: Entries, place: Place, mistakes: Mistakes) -> Rule | None:
    written = _read(read_line, entries, "key", mistakes)
    key = _key(written, entries, mistakes) if written else ()
    absent = bool(_read(read_flag, entries, "absent", mistakes))
    optional = bool(_read(read_flag, entries, "optional", mistakes))
    wanted = _wanted(entries, mistakes)
    targets = _read(read_lines, entries, "targets", mistakes) or ()
    for other in ("is", "matches", "optional"):
        if absent and other in entries:
            mistakes.add(entries[other][0].place, f"a key that is absent has no `{other}`", "take one of them out")
    if optional and not (wanted.values or wanted.matches):
        mistakes.add(entries["optional"][0].place, "`optional` goes with `is` or `matches`", "add one, or take it out")
    if targets and key[:1] == ("targets",):
        mistakes.add(entries["targets"][0].place, "a key below `targets` names its target itself", "take `targets` out")
    return BundleRule(key, written or "", absent, optional, wanted, targets) if key else None


def _import(entries: Entries, place: Place, mistakes: Mistakes) -> Rule | None:
    modules = _names(entries, "module", _MODULE, "pickle", mistakes)
    allowed = _read(read_lines, entries, "allowed_in", mistakes) or ()
    required = bool(_read(read_flag, entries, "required", mistakes))
    role = _read(reads_one_of(ROLES), entries, "in", mistakes)
    if required and allowed:
        mistakes.add(entries["allowed_in"][0].place, "`allowed_in` goes with a module that is forbidden", "take it out")
    if role and not required:
        mistakes.add(entries["in"][0].place, "`in` goes with `required: true`", "add it, or use `allowed_in`")
    return ImportRule(modules, allowed, required, role) if modules else None


def _file(entries: Entries, place: Place, mistakes: Mistakes) -> Rule | None:
    path = _read(read_line, entries, "path", mistakes)
    absent = bool(_read(read_flag, entries, "absent", mistakes))
    contains = _read(read_text, entries, "contains", mistakes)
    if path and (path.startswith(("/", ".mlcheck")) or ".." in path.split("/")):
        mistakes.add(entries["path"][1].place, f"`{path}` is no path in the project", "write it like `docs/*.md`")
        return None
    return FileRule(path, absent, contains) if path else None


_RULES: Mapping[str, Callable[[Entries, Place, Mistakes], Rule | None]] = {
    "call": _call,
    "bundle": _bundle,
    "import": _import,
    "file": _file,
}


# --- parts of rules -----------------------------------------------------------


def _names(entries: Entries, key: str, form: re.Pattern[str], like: str, mistakes: Mistakes) -> tuple[str, ...]:
    """One name or a list of them."""
    node = entries.get(key)
    if node is None:
        return ()
    nodes = node[1].items if isinstance(node[1], YamlList) else (node[1],)
    names = []
    for one in nodes:
        name = read_line(one, value_place(node[0], one), key, mistakes)
        if name is not None and not form.fullmatch(name):
            mistakes.add(one.place, f"`{name}` is no {key} of a library", f"write it like `{like}`")
        elif name is not None:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _key(written: str, entries: Entries, mistakes: Mistakes) -> tuple[str, ...]:
    """A key's parts: between dots, those with dots in them in double quotes."""
    parts = tuple(match.group("quoted") or match.group("bare") for match in _SEGMENT.finditer(written))
    if _SEGMENT.sub("", written) != "." * (len(parts) - 1):
        like = 'write it like `resources.jobs.*.tags.team`; a part with dots in it as `"spark.master"`'
        mistakes.add(entries["key"][1].place, f"`{written}` is no key of a bundle", like)
        return ()
    return parts


def _arguments(entries: Entries, key: str, mistakes: Mistakes) -> dict[str, Wanted]:
    node = entries.get(key)
    if node is None:
        return {}
    names = node[1]
    if isinstance(names, YamlList):
        listed = _read(read_lines, entries, key, mistakes) or ()
        return {name: Wanted() for name in listed}
    if not isinstance(names, YamlMap) or not names.entries:
        like = f"write `{key}: [name]`, or `{key}: {{name: value}}`"
        mistakes.add(value_place(*node), f"`{key}` names arguments", like)
        return {}
    return {name.text: _argument(name, value, mistakes) for name, value in names.entries}


def _argument(name: YamlScalar, node: YamlNode, mistakes: Mistakes) -> Wanted:
    if isinstance(node, YamlMap):
        entries = known_entries(node, ("is", "matches", "position"), "an argument", mistakes)
        return _wanted(entries, mistakes)
    return Wanted(tuple(_scalars(node, name.text, mistakes)))


def _wanted(entries: Entries, mistakes: Mistakes) -> Wanted:
    values = tuple(_scalars(entries["is"][1], "is", mistakes)) if "is" in entries else ()
    matches = _read(read_line, entries, "matches", mistakes)
    if matches is not None and (reason := pattern_refusal(matches)):
        mistakes.add(entries["matches"][1].place, f"`matches` can't be used: {reason}", "write it like `[0-9]{4}`")
    if values and matches is not None:
        mistakes.add(entries["matches"][0].place, "`is` and `matches` say the same thing twice", "keep one")
    position = entries["position"][1] if "position" in entries else None
    number = position.value if isinstance(position, YamlScalar) else None
    if position is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        mistakes.add(position.place, "`position` counts from 1", "write `position: 1`")
        number = None
    return Wanted(values, matches, number if isinstance(number, int) else None)


def _scalars(node: YamlNode, key: str, mistakes: Mistakes) -> Iterator[Scalar]:
    """The values that are named; none where the value is left empty: any will do."""
    for one in node.items if isinstance(node, YamlList) else (node,):
        if isinstance(one, YamlScalar) and one.value is not None:
            yield one.value
        elif not isinstance(one, YamlScalar) or one.text or isinstance(node, YamlList):
            mistakes.add(one.place, f"`{key}` is a value or a list of values", f"write `{key}: value`")
