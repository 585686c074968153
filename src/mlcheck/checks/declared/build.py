"""From a declared check's data to a check as all others are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from mlcheck.checks.base import Check, Verdict
from mlcheck.checks.declared import bundle_rule, call_rule, file_rule, import_rule
from mlcheck.checks.declared.model import BundleRule, CallRule, DeclaredCheck, FileRule, ImportRule
from mlcheck.flow.facts import Facts


def built(declared: DeclaredCheck) -> Check:
    """The check: its page from its words, its run from its rule."""
    rule = declared.rule
    page = f"{declared.message}\n\n{declared.why}\n"
    fix = declared.help.replace("\n", "\n     ")
    return Check(
        declared.name,
        declared.severity,
        partial(_run, declared),
        f"{page}\nFix: {fix}\n" if declared.help else page,
        declared.bad,
        declared.good,
        mentions=call_rule.words_of(rule) if isinstance(rule, CallRule) else (),
        exhibit_version=declared.version(),
        imports=rule.modules if isinstance(rule, ImportRule) else (),
        files=(rule.path,) if isinstance(rule, FileRule) and rule.contains is not None else (),
    )


def _run(declared: DeclaredCheck, facts: Facts) -> Iterable[Verdict]:
    match declared.rule:
        case CallRule() as rule:
            return call_rule.run(declared, rule, facts)
        case BundleRule() as rule:
            return bundle_rule.run(declared, rule, facts)
        case ImportRule() as rule:
            return import_rule.run(declared, rule, facts)
        case FileRule() as rule:
            return file_rule.run(declared, rule, facts)
