"""`mlcheck verify`: whether a change is signed, reviewed, and as it was signed."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from mlcheck.commands.project_root import open_project
from mlcheck.errors import ConfigurationError, CouldNotError, UsageError
from mlcheck.progress import Progress
from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refusal
from mlcheck.record.standing import BaseMissingError
from mlcheck.record.verification import Verification
from mlcheck.verify.inputs import gather
from mlcheck.verify.verify import verify as verify_inputs


def verify(
    path: Path,
    *,
    base: str | None = None,
    change: str | None = None,
    recheck: bool = True,
    progress: Progress | None = None,
) -> tuple[Verification, int]:
    """The verification and its exit code: 0 valid, 1 findings, 3 could not verify.

    It fails closed: whatever goes wrong on the way is a verification that could
    not be done. Raises UsageError and ConfigurationError (exit 2) alone.
    """
    project = open_project(path).root
    now = datetime.now(timezone.utc)
    try:
        inputs = gather(project, base=base, change=change, environment=os.environ, now=now)
        verification = verify_inputs(inputs, recheck=recheck, progress=progress)
    except (UsageError, ConfigurationError):
        raise
    except BaseMissingError as error:
        verification = _could_not(change, Refusal(Code.E_BASE_MISSING, error.what, help=error.help))
    except CouldNotError as error:
        verification = _could_not(change, Refusal(None, error.what, path=error.where or None, help=error.help))
    except Exception as error:  # fail closed: a defect of ours is no pass, and no traceback
        name = type(error).__name__
        verification = _could_not(
            change, Refusal(None, f"an error of mlcheck's own: {name}: {error}", help="please report it")
        )
    return verification, verification.exit_code


def _could_not(change: str | None, why: Refusal) -> Verification:
    return Verification(change or "", False, (why,), could_not=True)
