"""How alike two names of events are: by their words, and by what stands before and after them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from math import sqrt

_NOISE = frozenset({"the", "a", "of", "event", "user", "customer", "was", "has", "been", "evt"})
_SAME = {
    "pwd": "password", "pw": "password", "passwd": "password", "acct": "account", "msg": "message",
    "btn": "button", "pmt": "payment", "txn": "transaction", "tx": "transaction", "auth": "login",
    "signin": "login", "signed": "login", "kb": "help", "faq": "help", "parcel": "shipment",
    "delivery": "shipment", "cancelled": "cancel", "canceled": "cancel", "req": "request",
    "conv": "conversation", "msgs": "message", "desc": "description", "upd": "update",
}  # fmt: skip
_ENDINGS = ("ings", "ing", "ed", "es", "s", "e")
_WORDS = re.compile(r"[a-z]+|\d+")


@dataclass
class Neighbours:
    """What stands before and after an event's name, counted over cases."""

    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """How often the name was seen."""
        return sum(self.before.values())


def words_of(name: str) -> frozenset[str]:
    """Give the words of a name, short forms and endings of time taken off."""
    parts = (_SAME.get(part, part) for part in _WORDS.findall(name.lower()))
    return frozenset(_stem(part) for part in parts if part not in _NOISE)


def by_name(one: str, other: str) -> float:
    """Tell how alike two names are, from 0 to 1: the better of shared words and shared letters.

    Letters count only from a ratio of 0.8 on (Ratcliff and Obershelp's, as in ``difflib``): short
    names share many by chance.
    """
    mine, theirs = words_of(one), words_of(other)
    common = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
    # In one order whatever the order of the call: the ratio depends on it.
    first, second = sorted((one, other))
    letters = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return max(common, letters if letters >= 0.8 else 0.0)


def by_place(one: Neighbours, other: Neighbours) -> float:
    """Tell how alike the places of two names are, from 0 to 1.

    The mean, over what comes before and what comes after, of Bhattacharyya's coefficient of the
    two distributions: 1 where they stand between the same events equally often.
    """
    sides = ((one.before, other.before), (one.after, other.after))
    return sum(_overlap(a, b) for a, b in sides) / 2


def _overlap(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    totals = sum(one.values()) * sum(other.values())
    if not totals:
        return 0.0
    return sum(sqrt(count * other.get(name, 0)) for name, count in one.items()) / sqrt(totals)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
