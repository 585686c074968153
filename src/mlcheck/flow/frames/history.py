"""Tables that keep history (SCD2): told by `scd_type`, or by a flag for the current version with validity columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

FLAG = re.compile(
    r"_*(is_?(current|latest|active)(_?(flag|record|row|version|ind|indicator))?"
    r"|(current|latest|active)_?(flag|record|row|version|ind|indicator))",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"_*(dbt_)?(row_|record_|scd_)?(valid|effective|eff)_?(from|start|begin)(_?(date|ts|time|timestamp|dt|at))?"
    r"|_*(dbt_)?(effective|eff|valid)_?(date|ts|dt)|_*(start|from)_(date|at|ts|dt)|__start_at",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"_*(dbt_)?(row_|record_|scd_)?(valid|effective|eff)_?(to|until|thru|through|end)(_?(date|ts|time|timestamp|dt|at))?"
    r"|_*(expiry|expiration|expired|expires|end|to)_(date|at|ts|dt)|__end_at",
    re.IGNORECASE,
)
_SURROGATE = re.compile(r".*(_key|_sk|_skey|_hk|_hash|_pk|_version_id|_version|surrogate.*)|sk|key", re.IGNORECASE)


_OF_ROWS = re.compile(r"_*(dbt_)?(row_|record_|scd_)?(valid|effective|eff)_?.*|__(start|end)_at", re.IGNORECASE)
_ONE_VERSION = re.compile(r"current|latest|newest|active", re.IGNORECASE)


def watched_columns(table: str, names: Sequence[str], scd_type: int | None) -> frozenset[str] | None:
    """The flag and validity columns of a table that keeps history, in lower case; None where it keeps none.

    Without a declared type it needs the flag of the current version and both ends of
    a row's validity: a subscription that is active from one day to another is no version.
    """
    flags = [name.lower() for name in names if FLAG.fullmatch(name)]
    begins = [name.lower() for name in names if _BEGINS.fullmatch(name)]
    ends = [name.lower() for name in names if _ENDS.fullmatch(name)]
    if scd_type == 2:
        return frozenset((*flags, *begins, *ends))
    if scd_type is not None or _ONE_VERSION.search(table.rpartition(".")[2]):
        return None
    told = any(map(is_current_flag, flags)) and any(map(_OF_ROWS.fullmatch, begins))
    return frozenset((*flags, *begins, *ends)) if told and any(map(_OF_ROWS.fullmatch, ends)) else None


def is_current_flag(name: str) -> bool:
    """Whether a name is that of the current version's flag."""
    return FLAG.fullmatch(name) is not None and "active" not in name.lower()


def is_surrogate(name: str) -> bool:
    """Whether a name looks like the key of one version of a row."""
    return _SURROGATE.fullmatch(name) is not None


def stem(name: str) -> str:
    """What a key's name is of: `station` of `station_key` and `station_id`."""
    return re.sub(r"_(id|key|sk|skey|hk|pk|nk|bk|code|number|no|num|uuid|hash)$", "", name.lower())


def business_keys(names: Sequence[str], primary: Sequence[str]) -> tuple[str, ...]:
    """The columns that name a row whatever its version: of the same stem as the version's own key."""
    if len(primary) != 1 or not is_surrogate(primary[0]):
        return ()
    of = stem(primary[0])
    return tuple(name for name in names if name.lower() != primary[0].lower() and stem(name) == of)
