"""The words without which a pattern cannot hold: most rules are passed over by a look-up."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import prod
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Node = Any
"""A part of a pattern, or a row of parts, as the parser of ``re`` gives them."""
Slot = frozenset[str]
"""The ways to write one word of a pattern."""

_MOST = 400
"""Ways to write one word that are gone through."""
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about all am an and are as at be been but by can do for from had has have he i if in is "
        "it just m me my no not now of on one or our re s so t that the this to up us ve was we "
        "were what when will with you your",
    )
)
_COST = 60
"""A common word is worth so many rare ones: it stands in nearly every text."""
_POINTS = ("AT", "ASSERT", "ASSERT_NOT")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")


def needed(pattern: str) -> Slot | None:
    """Give words in lower case of which a text must hold one for the pattern to hold.

    Returns
    -------
    frozenset of str or None
        Runs of letters; of the words that the pattern demands, the one that is rarest to
        meet. None where it demands none that can be told.
    """
    return _best(_slots(_parser.parse(pattern.lower()), left=True, right=True))


def _best(slots: Iterable[Slot]) -> Slot | None:
    runs = [frozenset(map(_longest, slot)) for slot in slots]
    return min((slot for slot in runs if slot and "" not in slot), key=_cost, default=None)


def _cost(slot: Slot) -> int:
    return sum(_COST if word in _COMMON else 1 for word in slot)


def _longest(text: str) -> str:
    """Give the longest run of letters, as texts are cut into words."""
    runs = "".join(char if char.isalpha() else " " for char in text).split()
    return max(runs, key=len, default="")


def _slots(nodes: Node, *, left: bool, right: bool) -> Iterator[Slot]:
    """Give the words that a sequence demands.

    ``left`` and ``right`` tell whether words begin and end where the sequence does; what
    may be the fragment of a longer word is left out.
    """
    parts: list[list[str]] | None = [] if left else None
    for place, node in enumerate(nodes):
        if _gap(node) or _words_may_miss(node):
            if parts:
                yield _joined(parts)
            parts = [] if _gap(node) else None
            continue
        if parts == [] and _may_miss(node) and _edge(node, -1):
            continue
        yield from _inside(node, left=parts == [], right=_ends(nodes, place + 1, right))
        ways = _ways(node)
        if ways is None or parts is None or prod(map(len, [*parts, ways])) > _MOST:
            parts = None
        else:
            parts.append(ways)
    if parts and right:
        yield _joined(parts)


def _joined(parts: Sequence[Sequence[str]]) -> Slot:
    return frozenset("".join(row) for row in product(*parts))


def _ends(nodes: Node, place: int, right: bool) -> bool:
    """Tell whether a word ends before a place."""
    if place == len(nodes):
        return right
    if _name(nodes[place]) in _POINTS:
        return _ends(nodes, place + 1, right)
    return _edge(nodes[place], 0)


def _inside(node: Node, *, left: bool, right: bool) -> Iterator[Slot]:
    """Look into a part that must hold: its words, or one word of each of its branches."""
    name, value = _name(node), node[1]
    if name == "SUBPATTERN":
        yield from _slots(value[3], left=left, right=right)
    elif name in _REPEATS and value[0] > 0:
        yield from _slots(value[2], left=left, right=right)
    elif name == "BRANCH":
        best = [_best(_slots(branch, left=left, right=right)) for branch in value[1]]
        known = [slot for slot in best if slot is not None]
        if len(known) == len(best):
            yield frozenset().union(*known)


def _name(node: Node) -> str:
    return str(node[0])


def _gap(node: Node) -> bool:
    """Tell whether a part is white space or a mark that stands between words."""
    name, value = _name(node), node[1]
    if name == "LITERAL":
        return not chr(value).isalnum()
    if name == "IN":
        return all(_parts_words(str(kind), what) for kind, what in value)
    if name not in _REPEATS or len(value[2]) != 1:
        return False
    return _gap(value[2][0]) and (value[0] > 0 or _ways(node) is None)


def _parts_words(kind: str, what: Node) -> bool:
    if kind == "LITERAL":
        return not chr(what).isalnum()
    return kind == "CATEGORY" and str(what) == "CATEGORY_SPACE"


def _words_may_miss(node: Node) -> bool:
    """Tell whether a part that may be missing begins a new word, unlike the mark in ``e-?mail``."""
    return _may_miss(node) and _edge(node, 0) and _ways(node) is None


def _may_miss(node: Node) -> bool:
    return _name(node) in _REPEATS and node[1][0] == 0


def _edge(node: Node, side: int) -> bool:
    """Tell whether a part begins (side 0) or ends (side -1) with a gap, whichever way it goes."""
    name, value = _name(node), node[1]
    if name == "SUBPATTERN":
        return len(value[3]) > 0 and _edge(value[3][side], side)
    if name in _REPEATS and not _gap(node):
        return len(value[2]) > 0 and _edge(value[2][side], side)
    if name == "BRANCH":
        return all(len(branch) > 0 and _edge(branch[side], side) for branch in value[1])
    return _gap(node) or name == "AT"


def _ways(node: Node) -> list[str] | None:
    """Give all ways to write a part without white space; None where it cannot be told."""
    name, value = _name(node), node[1]
    if name == "LITERAL":
        return [chr(value)]
    if name in _POINTS:
        return [""]
    if name == "IN" and all(str(kind) == "LITERAL" for kind, _ in value):
        return [chr(code) for _, code in value]
    if name == "SUBPATTERN":
        return _all_ways(value[3])
    if name == "BRANCH":
        branches = [_all_ways(branch) for branch in value[1]]
        known = [branch for branch in branches if branch is not None]
        return [way for branch in known for way in branch] if len(known) == len(branches) else None
    if name in _REPEATS and value[0] == 0 and value[1] == 1:
        ways = _all_ways(value[2])
        return None if ways is None else ["", *ways]
    return None


def _all_ways(nodes: Node) -> list[str] | None:
    parts = [_ways(node) for node in nodes]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or prod(map(len, known)) > _MOST:
        return None
    return ["".join(row) for row in product(*known)]
