"""What a condition decides by: a comparison of models or a validation, or anything else.

A model that is promoted only where it did well stands under such a condition,
or after one that raises otherwise. It is known by the words that it looks at:
metrics, baselines, what was validated or approved.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from mlcheck.flow.nodes import nodes_in
from mlcheck.flow.scope import COMPARISON, CONDITION, NO_GATE

_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")
# Whole words of a name, and beginnings of words.
_WHOLE = re.compile(
    r"auc|roc|f1|r2|ks|ma[ep]e?|r?mse|[sw]mape|wape|rmsle|ndcg|loss|gini|gates?|wins?|won|beats?|ok|pass(es|ed)?|good"
    r"|kpis?|u?p?lift|delta|gain|drift|psi"
)
_BEGINNINGS = re.compile(
    r"metric|accura|precision|recall|scor|better|best|improv|outperform|worse|degrad|champion|challenger|baseline"
    r"|incumbent|candidate|threshold|toleran|valid|approv|promot|eligib|quality|criteri|compar|evaluat|accept|logloss"
    r"|exceed|meets|fail|verdict|decision|perform|signific|regress"
)
# Words that also name frames and files: beside those of data they say nothing of a model.
_WEAK = re.compile(r"valid|scor|fail|evaluat|perform|accept|quality|candidate|baseline|recall")
_DATA = re.compile(
    r"count|len|empty|rows?|size|shape|exists?|columns?|isempty|records?|df|frame|table|nulls?|isnull|nan"
)
# What says no more than what there is, and what it runs on.
_ABOUT_OTHERS = re.compile(
    r"version|major|minor|runtime|spark|python|time|timeout|elapsed|attempts?|retries|days?|hours?|minutes?|seconds?"
    r"|date|age|path|paths|file|files|dir|folder|params?|parameters?|args?|config|conf|env|environment|catalog|schema"
    r"|database|db|token|secret|host|url|key|keys|name|names|type|types|experiment|response|request|http|missing"
    r"|required|none|null|user|widget|widgets|isinstance|hasattr|callable|data|cluster|workspace|module|installed"
)
# What asks which registry it is: the branch of one that is not in use may name what the other doesn't have.
_REGISTRIES = re.compile(r"uc|unity|registry|workspace|hive|legacy|stage|stages")
REGISTRY_ASKED = "*registry"  # among a condition's constants
_REFUSES = re.compile(r"valid|evaluat|compar|approv|verif|assert|promot|(gates?|checks?)$")


class Words(NamedTuple):
    """What a condition looks at: string constants (a guard on a name is one of them), names, and what it decides by."""

    constants: frozenset[str]
    names: frozenset[str]
    looks: frozenset[str]  # the attributes and functions that it names
    gate: int
    leaving: int  # what it comes to where one of its sides raises or ends the run


def words_of(test: ast.AST) -> Words:
    nodes = list(nodes_in(test))
    constants = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    looks = frozenset(attributes | called)
    pieces = {piece for word in (*constants, *names, *attributes) for piece in _pieces(word)}
    if any(map(_REGISTRIES.fullmatch, pieces)):
        constants.add(REGISTRY_ASKED)
    if _speaks_of_models(pieces):
        return Words(frozenset(constants), frozenset(names), looks, COMPARISON, COMPARISON)
    others = any(_ABOUT_OTHERS.fullmatch(piece) or _DATA.fullmatch(piece) for piece in pieces)
    leaving = NO_GATE if others or _is_about_none(nodes) else CONDITION
    return Words(frozenset(constants), frozenset(names), looks, CONDITION, leaving)


def _speaks_of_models(pieces: set[str]) -> bool:
    told = [piece for piece in pieces if _compares(piece)]
    about_data = any(_DATA.fullmatch(piece) for piece in pieces)
    return bool(told) and not (about_data and all(_WEAK.match(piece) for piece in told))


def _is_about_none(nodes: list[ast.AST]) -> bool:
    """Whether a condition asks no more than whether something is there."""
    return all(
        not isinstance(node, ast.Compare) or isinstance(node.ops[0], (ast.Is, ast.IsNot)) for node in nodes
    ) and any(isinstance(node, ast.Compare) for node in nodes)


def decides_by_comparison(name: str) -> bool:
    """Whether a name speaks of comparing, validating or approving."""
    return any(_compares(piece) for piece in _pieces(name))


def may_refuse(name: str) -> bool:
    """Whether a function of this name may be one that raises where something is not good enough."""
    return any(_REFUSES.match(piece) for piece in _pieces(name))


def _compares(piece: str) -> bool:
    return bool(_WHOLE.fullmatch(piece) or _BEGINNINGS.match(piece))


def _pieces(word: str) -> Iterator[str]:
    if len(word) <= 80:
        yield from (piece.lower() for piece in _PIECES.findall(word))
