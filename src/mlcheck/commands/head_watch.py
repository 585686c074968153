"""Whether the work tree is still on the branch that is walked."""

from __future__ import annotations

from mlcheck.record.standing import Standing

_BRANCH = "ref: refs/heads/"


class HeadWatch:
    """Compares the repository's HEAD with what it was; asks no process, so it may be asked all the time."""

    def __init__(self, standing: Standing) -> None:
        self._path = standing.repository.git_dir / "HEAD"
        self._begun = self._read()

    def astray(self) -> str:
        """Where the files are now and what to do, in words; `""` while they are on the branch."""
        now = self._read()
        if now == self._begun or not self._begun.startswith(_BRANCH) or not now:
            return ""
        ours = self._begun.removeprefix(_BRANCH)
        where = f"`{now.removeprefix(_BRANCH)}`" if now.startswith(_BRANCH) else "no branch (a rebase, or a checkout)"
        return (
            f"the files are on {where} now, and this walk is of `{ours}`: nothing is judged or signed meanwhile, and"
            f" your answers are kept. `git switch {ours}` goes on here; `q`, then the same command, walks the other"
        )

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""
