"""Redaction of a conversation: typed pseudonyms, the same for the same thing all through."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.conversation import Conversation, Turn
from domain.identity import IdentifierKind
from domain.redaction import Redaction
from nlp.redact.contact import find_addresses, find_emails, find_phones, find_urls
from nlp.redact.found import Found, IdKind, settle
from nlp.redact.names import find_known, find_placed, known_names
from nlp.redact.numbers import find_cards, find_codes, find_ibans, last_cue, normal_code
from nlp.redact.spoken import find_spoken

RULES = "redact-1"
"""Version; changes when a rule changes what is found."""


@dataclass(frozen=True)
class Hidden:
    """What was found in one turn, with its pseudonyms.

    Attributes
    ----------
    found : tuple of Found
        In order, without overlap.
    redactions : tuple of Redaction
        One for each found, in the same order.
    """

    found: tuple[Found, ...]
    redactions: tuple[Redaction, ...]

    @property
    def plain(self) -> tuple[Redaction, ...]:
        """The same places behind everyday words: what the encoder reads.

        No number is in them, so "Hi [PERSON_1]" and "Hi [PERSON_2]" are one text to the
        model and to the vector cache.
        """
        return tuple(
            Redaction(start=item.start, end=item.end, pseudonym=item.kind.plain)
            for item in self.found
        )


def redact(conversation: Conversation) -> tuple[Hidden, ...]:
    """Hide identifiers and known names in every turn of a conversation.

    Parameters
    ----------
    conversation : Conversation
        Its customer name, authors and identifiers tell names and numbers to look for.

    Returns
    -------
    tuple of Hidden
        One for each turn.
    """
    names = known_names(conversation)
    kinds = _accounts(conversation)
    # "You're through to Northline" names a firm, not a person.
    brand = frozenset(re.split(r"[\W_]+", (conversation.brand or "").lower())) - {""}
    pseudonyms = _Pseudonyms()
    asked: IdKind | None = None
    hidden = []
    for turn in conversation.turns:
        found = tuple(
            _typed(item, kinds) for item in find(turn.text, names, asked) if item.value not in brand
        )
        hidden.append(Hidden(found, pseudonyms.hide(found)))
        asked = _asked(turn, asked)
    return tuple(hidden)


def redact_text(text: str) -> Hidden:
    """Hide identifiers in a text that stands alone."""
    found = find(text, {}, None)
    return Hidden(found, _Pseudonyms().hide(found))


def find(text: str, names: Mapping[str, str], asked: IdKind | None) -> tuple[Found, ...]:
    """Run all recognisers, the surest first.

    Parameters
    ----------
    text : str
        The original.
    names : mapping of str to str
        Of :func:`nlp.redact.names.known_names`.
    asked : IdKind, optional
        The sort of number that the turn before asked for.
    """
    return settle(_all(text, names, asked))


def _all(text: str, names: Mapping[str, str], asked: IdKind | None) -> Iterator[Found]:
    if "@" in text:
        yield from find_emails(text)
    yield from find_urls(text)
    if any(c.isdigit() for c in text):
        yield from find_ibans(text)
        yield from find_cards(text)
        yield from find_addresses(text)
        yield from find_phones(text)
    yield from find_codes(text, asked)
    yield from find_spoken(text, asked)
    yield from find_known(text, names)
    yield from find_placed(text, names)


def _accounts(conversation: Conversation) -> dict[str, IdKind]:
    return {
        normal_code(identifier.value): IdKind.ACCOUNT
        for identifier in conversation.identifiers
        if identifier.kind is IdentifierKind.ACCOUNT
    }


_CODES = frozenset((IdKind.ORDER, IdKind.INVOICE, IdKind.TICKET, IdKind.ACCOUNT, IdKind.REFERENCE))


def _typed(item: Found, kinds: dict[str, IdKind]) -> Found:
    """Call a number what the record or an earlier turn calls it."""
    if item.kind not in _CODES:
        return item
    kind = kinds.setdefault(item.value, item.kind)
    return item if kind is item.kind else Found(item.start, item.end, kind, item.value)


def _asked(turn: Turn, before: IdKind | None) -> IdKind | None:
    """Tell what number the next turn may answer with: the question stays until answered."""
    cue = last_cue(turn.text) if "?" in turn.text else None
    return cue or (before if len(turn.text) < _SHORT else None)


_SHORT = 40
"""Characters of a turn ("sure, one moment") that leaves a question open."""


class _Pseudonyms:
    """Numbers things by their type in the order in which they appear."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}

    def hide(self, found: Sequence[Found]) -> tuple[Redaction, ...]:
        return tuple(
            Redaction(start=item.start, end=item.end, pseudonym=self._name(item)) for item in found
        )

    def _name(self, item: Found) -> str:
        tag = item.kind.tag
        if (tag, item.value) not in self._numbers:
            self._counts[tag] = self._counts.get(tag, 0) + 1
            self._numbers[tag, item.value] = self._counts[tag]
        return f"[{tag}_{self._numbers[tag, item.value]}]"
