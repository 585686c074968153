"""Where a bundle's files lie once they are deployed, so that a path there is one of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.project.bundle_paths import sync_root_of
from mlcheck.project.model import Project
from mlcheck.project.yaml_nodes import text_at

REFERENCE = re.compile(r"\$\{[^}]*\}|\{\{[^}]*\}\}")


def deployed_folders(project: Project) -> Iterator[tuple[str, str]]:
    """For each target, the workspace folder (`\\0` for each reference) and the project's folder that is put there."""
    for bundle in project.bundles:
        for target in bundle.targets:
            folder = text_at(target.config, "workspace", "file_path")
            root = sync_root_of(target.config, bundle.root)
            if folder and root is not None:
                yield REFERENCE.sub("\0", folder).removeprefix("/Workspace").rstrip("/"), root
