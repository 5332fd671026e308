"""Word rules from a file: patterns by label, run only where a text holds a word they need."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from nlp.cues.needs import needed
from nlp.cues.text import sentence_start, spoken, words

_HERE = Path(__file__).parent
_NAMED = re.compile(r"<(\w+)>")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")
_LEADS = {
    "anywhere": r"(?<!\w)",
    "opening": r"(?:^|[.!?…;:,\n(] *|\b(?:and|but|so|ok|okay|yes|yeah|yep|no|nope|because|cos) )",
}
_REACH = 40
"""Characters before a cue in which a word may undo it."""


@dataclass(frozen=True)
class Cue:
    """Words that say something.

    Attributes
    ----------
    label : str
        Of the group whose pattern holds.
    start, end : int
        ``[start, end)`` characters of the text: the words themselves, or the sentence.
    probability : float or None
        Calibrated, where a head heard it; None where a rule did.
    """

    label: str
    start: int
    end: int
    probability: float | None = None


@dataclass(frozen=True, eq=False)
class _Rule:
    label: str
    pattern: re.Pattern[str]
    """The cue is its first group."""
    needs: frozenset[str] | None


class Rules:
    """The rules of a file.

    A file holds ``named`` parts that patterns may use as ``<name>``, patterns that ``undone``
    a cue from right before it, and by label patterns that hold ``anywhere`` or only at the
    ``opening`` of a clause. A blank is any white space, ``(`` opens a group that is not
    kept, and case does not count.
    """

    def __init__(self, rules: Sequence[_Rule], undone: re.Pattern[str]) -> None:
        self._undone = undone
        self._always = [rule for rule in rules if rule.needs is None]
        self._by_word: dict[str, list[_Rule]] = defaultdict(list)
        for rule in rules:
            for word in rule.needs or ():
                self._by_word[word].append(rule)

    @classmethod
    @cache
    def load(cls, name: str) -> "Rules":
        """Read ``<name>.yaml`` of this folder."""
        table = yaml.safe_load((_HERE / f"{name}.yaml").read_text(encoding="utf-8"))
        named = named_parts(table["named"])
        rules = [
            _Rule(label, compiled(f"{lead}({filled(pattern, named)})(?!\\w)"), need)
            for label, group in table["labels"].items()
            for where, lead in _LEADS.items()
            for pattern in group.get(where, ())
            for need in [needed(spaced(filled(pattern, named)))]
        ]
        undone = "|".join(filled(pattern, named) for pattern in table["undone"])
        return cls(rules, compiled(f"(?:^|[^\\w])(?:{undone})\\s*$"))

    def cues(self, text: str) -> tuple[Cue, ...]:
        """Find the cues of a text in order of place; those of a label do not overlap."""
        said = words(text)
        by_word = self._by_word
        asked = {rule for word in {*said} & by_word.keys() for rule in by_word[word]}
        if not asked and not self._always:
            return ()
        plain = spoken(text, said)
        found = sorted(
            chain.from_iterable(self._held(rule, plain) for rule in (*self._always, *asked))
        )
        return tuple(_apart(found))

    def _held(self, rule: _Rule, text: str) -> Iterator[tuple[int, int, str]]:
        for match in rule.pattern.finditer(text):
            start, end = match.span(1)
            first = max(sentence_start(text, start), start - _REACH)
            if self._undone.search(text, first, start) is None:
                yield start, -end, rule.label


def _apart(found: Sequence[tuple[int, int, str]]) -> Iterator[Cue]:
    """Keep of cues that overlap the first and longest."""
    ends: dict[str, int] = defaultdict(int)
    for start, minus_end, label in found:
        if start >= ends[label]:
            ends[label] = -minus_end
            yield Cue(label, start, -minus_end)


def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern whose blanks are any white space, without regard to case."""
    return re.compile(spaced(pattern), re.IGNORECASE)


def spaced(pattern: str) -> str:
    """Write out blanks, which are any white space, and words, which may hold an apostrophe."""
    pattern = pattern.replace(r"\w+", r"[\w']+")
    return pattern.replace(" ?", r"\s*").replace(" *", r"\s*").replace(" ", r"\s+")


def filled(pattern: str, named: Mapping[str, str]) -> str:
    """Put named parts in their places."""
    return _NAMED.sub(lambda match: named[match.group(1)], _GROUP.sub("(?:", pattern))


def named_parts(named: Mapping[str, Any]) -> dict[str, str]:
    """Fill named parts with those that were named before them."""
    done: dict[str, str] = {}
    for name, pattern in named.items():
        done[name] = f"(?:{filled(pattern, done)})"
    return done
