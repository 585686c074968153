"""The forgeries of tests/cases/verify: what their words do to a repository that was valid.

A case has `name`, `steps` and the exact set of `codes`; each step is one mapping:

- `base: {path: text}`      a commit on the base branch; `+` in front of a path appends, `~` replaces
                            (`[old, new]`), null deletes
- `write: {path: text}`     the same on the change's branch; with `as: person`, by that person
- `leave: {path: text}`     the same, not committed
- `forge: {record, newest, set, remove, twice, key}`   change a record's statement and sign it again
- `bytes: {record, old, new, keep}`            change a file's bytes; `keep` leaves its name as it was
- `sign: {key, principal, after}`, `review: {key, principal, dispute, after}`   as the commands do
- `resign: {record, namespace, over, key}`      the same payload with another signature
- `rename: [glob, pattern, text]`, `link: {path: target}`
- `parallel: {after}`       a second developer's record that knows nothing of the first

`forge`, `bytes` and a review `instead` of the one that is there leave the branch as one commit.

Paths in `set` go by member, by `[index]`, or by `[ITEM-ID]`. `$days+30` is a date from today,
`$time+600` a moment from now in seconds, `$key:name` a key's line, `$sha:dev` a record's digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from signed_repository import DEVELOPER, NOW, Signed, git

from mlcheck.record import envelope
from mlcheck.record.sign import NAMESPACE
from mlcheck.record.statement import stamp

FOLDER = Path(__file__).parent / "cases" / "verify"


def load_cases() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.stem}: {case['name']}", case)
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text())
    ]


def apply(signed: Signed, step: dict[str, Any]) -> None:
    """Do one step; everything but `leave` is committed."""
    match step:
        case {"base": files}:
            git(signed.root, "stash", "-q", "-u") if git(signed.root, "status", "--porcelain") else None
            git(signed.root, "checkout", "-q", "main")
            write(signed, files)
            signed.commit("The base moves on", who="admin@example.com")
            git(signed.root, "checkout", "-q", "forecast")
        case {"write": files}:
            write(signed, files)
            signed.commit("A change", who=step.get("as", DEVELOPER))
        case {"leave": files}:
            write(signed, files)
        case {"forge": how}:
            signed.forge(kind(how), lambda statement: forge(signed, statement, how), key=how.get("key", how["record"]))
            squash(signed)
        case {"bytes": how}:
            change_bytes(signed, how)
            squash(signed)
        case {"sign": how}:
            signed.sign_off(
                key=how.get("key", "dev"),
                principal=how.get("principal", DEVELOPER),
                carry=how.get("carry", True),
                at=NOW + timedelta(seconds=how.get("after", 0)),
            )
            signed.commit("Sign off")
        case {"review": how}:
            if how.get("instead"):
                signed.path_of("review").unlink()
            signed.review(
                key=how.get("key", "review"),
                principal=how.get("principal", "review@example.com"),
                dispute=how.get("dispute"),
                at=NOW + timedelta(seconds=how.get("after", 0)),
            )
            squash(signed) if how.get("instead") else signed.commit("Review", who="admin@example.com")
        case {"resign": how}:
            old = envelope.read(signed.path_of(how["record"]).read_bytes())
            message = old.sealed if how.get("over") == "payload" else old.signed_bytes()
            signature = sign_as(signed.keys[how.get("key", how["record"])], how.get("namespace", NAMESPACE), message)
            signed.replace(how["record"], envelope.make(old.sealed, old.keyid, signature))
            squash(signed)
        case {"rename": [pattern, old, new]}:
            (found,) = signed.root.glob(pattern)
            found.rename(found.with_name(re.sub(old, new, found.name)))
            signed.commit("Renamed", who="admin@example.com")
        case {"parallel": how}:
            folder, aside = signed.root / ".mlcheck/signoffs/forecast", signed.root / ".git/aside"
            folder.rename(aside)
            signed.sign_off(at=NOW + timedelta(seconds=how["after"]))
            for path in aside.iterdir():
                path.rename(folder / path.name)
            signed.commit("Sign off in parallel")
        case {"link": links}:
            for name, target in links.items():
                (signed.root / name).unlink()
                (signed.root / name).symlink_to(target)
            signed.commit("A link")
        case _:
            raise AssertionError(f"no such step: {step}")


def sign_as(key: str, namespace: str, message: bytes) -> bytes:
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", key], input=message, capture_output=True, check=True
    )
    return done.stdout


def squash(signed: Signed) -> None:
    """The branch as one commit, so that what was replaced was never there."""
    git(signed.root, "reset", "-q", "--soft", git(signed.root, "merge-base", "main", "HEAD"))
    signed.commit("The change")


def write(signed: Signed, files: dict[str, Any]) -> None:
    for name, given in files.items():
        path = signed.root / name.lstrip("+~")
        if "*" in str(path):
            (path,) = signed.root.glob(name.lstrip("+~"))
        text = value(signed, given)
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith("~"):
            old, new = text
            assert old in path.read_text()
            text = path.read_text().replace(old, new)
        path.write_text((path.read_text() if name.startswith("+") else "") + text)


def change_bytes(signed: Signed, how: dict[str, Any]) -> None:
    path = signed.path_of(kind(how))
    data = path.read_bytes()
    match how:
        case {"flip": place}:
            at = len(data) * place // 100
            flipped = b"B" if data[at : at + 1] == b"A" else b"A"
            data = data[:at] + flipped + data[at + 1 :]
        case {"envelope": changes}:
            outer = json.loads(data)
            set_all(signed, outer, changes)
            data = json.dumps(outer).encode()
        case {"sealed": [old, new]}:  # the payload under the old signature
            outer = json.loads(data)
            sealed = envelope.read(data).sealed
            assert old.encode() in sealed
            outer["payload"] = envelope._encoded(sealed.replace(old.encode(), new.encode()))
            data = json.dumps(outer).encode()
        case {"old": old, "new": new}:
            assert old.encode() in data
            data = data.replace(old.encode(), new.encode(), 1)
        case {"pad": size}:
            data += b" " * size
    if how.get("keep"):
        path.write_bytes(data)
    else:
        signed.replace(kind(how), data)


def kind(how: dict[str, Any]) -> str:
    """Which file a step means: `dev`, `dev:newest`, `dev:oldest`."""
    which = next((word for word in ("newest", "oldest") if how.get(word)), "")
    return f"{how['record']}:{which}" if which else how["record"]


def forge(signed: Signed, statement: dict[str, Any], how: dict[str, Any]) -> None:
    set_all(signed, statement, how.get("set", {}))
    for where in how.get("remove", ()):
        parent, last = find(statement, where)
        del parent[last]
    for where in how.get("twice", ()):
        parent, last = find(statement, where)
        parent.append(parent[last])


def set_all(signed: Signed, statement: Any, changes: dict[str, Any]) -> None:
    for where, given in changes.items():
        parent, last = find(statement, where)
        parent[last] = value(signed, given)


def find(value: Any, where: str) -> tuple[Any, Any]:
    """The container and the last step of a path."""
    steps: list[Any] = []
    for member, index in re.findall(r"([A-Za-z_]+)|\[([^\]]+)\]", where):
        steps.append(member or index)
    for number, step in enumerate(steps):
        if isinstance(value, list):
            step = int(step) if step.isdigit() else ids(value).index(step)
        if number == len(steps) - 1:
            return value, step
        value = value[step]
    raise AssertionError(where)


def ids(rows: list[Any]) -> list[str]:
    """Items by id, subjects by name; of an item with several instances also `ID/name`."""
    return [
        str(row.get("id", "")) + (f"/{row['name']}" if row.get("scope") == "job" else "")
        if "id" in row
        else row["name"]
        for row in rows
    ]


def value(signed: Signed, given: Any) -> Any:
    if isinstance(given, dict):
        return {name: value(signed, each) for name, each in given.items()}
    if isinstance(given, list):
        return [value(signed, each) for each in given]
    if not isinstance(given, str):
        return given
    if given.startswith("$days"):
        return (NOW + timedelta(days=int(given[5:]))).date().isoformat()
    if given.startswith("$time"):
        return stamp(NOW + timedelta(seconds=int(given[5:])))
    if given.startswith("$sha:"):
        return hashlib.sha256(signed.path_of(given[5:]).read_bytes()).hexdigest()

    def line(match: re.Match[str]) -> str:
        return " ".join(signed.keys.public(match.group(1)).split()[:2])

    return re.sub(r"\$key:(\w+)", line, given)
