"""What the customer already told: numbers and things that need not be asked for again."""

import re
from collections.abc import Iterator, Sequence

from domain.conversation import Role
from domain.journey import Contact
from domain.signal import Evidence, Signal, SignalKind
from journey.brief import Draft, said_at

_FACTS = ("_number", "money", "date", "email", "phone", "product")
"""Kinds of entities that are facts, by the end of the label, the most useful first."""
_NEEDS = {"date": re.compile(r"\d"), "product": re.compile(r"\w\W+\w|\d")}
"""What the words must hold: "14 May", not "today"; "travel card", not "phone"."""


def facts(contacts: Sequence[Contact]) -> Iterator[Draft]:
    """Say what the customer told: references first, then amounts, dates and things, each once."""
    found = [
        (rank, contact, signal, signal.evidence[0])
        for contact in contacts
        for signal in contact.signals
        if (rank := _rank(contact, signal)) is not None
    ]
    seen: set[tuple[str, str]] = set()
    for _, contact, signal, e in sorted(found, key=lambda row: row[0]):
        key = (signal.label, str(signal.details.get("value")))
        if key not in seen:
            seen.add(key)
            place = (contact.conversation.id, e.turn, e.start, e.end)
            text = f"{signal.label.replace('_', ' ')}: {{quote}}"
            yield Draft(text, said_at(contact, place), place)


def _rank(contact: Contact, signal: Signal) -> int | None:
    """Give the place of a fact among others; None for what is no fact of the customer's."""
    if signal.kind is not SignalKind.ENTITY or not signal.evidence:
        return None
    rank = next((n for n, kind in enumerate(_FACTS) if signal.label.endswith(kind)), None)
    words = _words(contact, signal.evidence[0])
    needs = _NEEDS.get(signal.label)
    return rank if words and (needs is None or needs.search(words)) else None


def _words(contact: Contact, evidence: Evidence) -> str:
    turns = contact.conversation.turns
    if evidence.turn >= len(turns) or turns[evidence.turn].role is not Role.CUSTOMER:
        return ""
    return turns[evidence.turn].body[evidence.start : evidence.end]
