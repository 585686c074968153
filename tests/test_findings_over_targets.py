"""One defect that is met in several targets is one row; two defects at one place stay two."""

from __future__ import annotations

from mlcheck.packs.judge import judge
from mlcheck.packs.load import shipped_packs
from mlcheck.project.model import Settings
from mlcheck.project.tree import MemoryTree
