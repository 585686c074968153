"""What was read, by digests: line ends, outputs of notebooks and `.mlcheck/` change nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from mlcheck.project.memory_tree import MemoryTree
from mlcheck.record.reading import RememberedTree, subject_of, subjects_of


def notebook(source: str, output: str, markdown: str = "# Notes") -> bytes:
    cells = [
        {"cell_type": "markdown", "source": markdown},
        {"cell_type": "code", "source": [source], "outputs": [{"text": output}], "execution_count": len(output)},
    ]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def digest(path: str, data: bytes) -> dict[str, str]:
    subject = subject_of(MemoryTree({path: data}), path)
    assert subject is not None
    return dict(subject.digest)


def test_a_git_blob_is_named_as_git_names_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x = 1\n")
    named = subprocess.run(["git", "hash-object", "a"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert digest("a.py", b"x = 1\n")["gitBlob"] == named.decode().strip()


def test_crlf_is_no_change_and_another_byte_is() -> None:
    assert digest("a.py", b"x = 1\r\n") == digest("a.py", b"x = 1\n") != digest("a.py", b"x = 2\n")


def test_of_a_notebook_the_code_cells_alone_count() -> None:
    first = digest("a.ipynb", notebook("x = 1", "1"))
    assert list(first) == ["notebookCode"]
    assert first == digest("a.ipynb", notebook("x = 1", "another output", "# Other notes"))
    assert first != digest("a.ipynb", notebook("x = 2", "1"))


def test_a_file_that_is_no_notebook_counts_as_a_whole() -> None:
    for data in (b"{", b"[]", b'{"cells": 7}', b'{"cells": [{"cell_type": "code", "source": 7}]}', b"[" * 9999):
        assert set(digest("a.ipynb", data)) == {"gitBlob", "sha256"}


def test_the_content_is_what_was_read_and_what_was_listed() -> None:
    files = {"a.py": b"x = 1\n", "b.py": b"", ".mlcheck/config.toml": b"1"}

    def content(**changed: bytes) -> str:
        names = {"a": "a.py", "b": "b.py", "c": "c.py", "m": ".mlcheck/config.toml"}
        tree = RememberedTree(MemoryTree({**files, **{names[key]: data for key, data in changed.items()}}))
        tree.read("a.py"), tree.read(".mlcheck/config.toml")
        return tree.content()

    assert content() == content(a=b"x = 1\r\n") == content(b=b"y = 1\n") == content(m=b"2")
    assert len({content(), content(a=b"x = 2\n"), content(c=b"")}) == 3


def test_paths_that_are_gone_are_passed_over() -> None:
    tree = MemoryTree({"a.py": b""})
    assert [one.name for one in subjects_of(tree, ["b.py", "a.py", "../x"])] == ["a.py"]
