"""What is read out of a contact to tell whether two contacts are about one issue."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from domain.conversation import Channel, Conversation, Role, Turn
from domain.days import days_past, weekdays
from domain.identity import Identifier
from domain.journey import Contact
from domain.signal import SignalKind, SubjectKind
from journey.cues import channels_spoken_of, follow_up_cues, goes_on_cues, new_matter_cues
from journey.ending import Ending, ending
from journey.names import name_tokens
from journey.owner import Owner
from journey.policy import JourneyPolicy
from journey.references import references

_REFERENCE = re.compile(r"order|ticket|invoice|booking|case|reference|claim|contract|tracking")
_MOOD_INTENTS = frozenset({"service_complaint", "escalation_request", "praise"})
"""They say how the customer feels about the handling, not what the matter is."""
STEM = 6
"""So many letters of a word tell it from others, whatever its ending."""
_SHORTEST = 4
OPENING_CHARS = 400
"""Where the customer says why they come: so much of their first words."""


@dataclass(frozen=True)
class Reading:
    """One contact, read for sameness."""

    contact: Contact
    owner: Owner
    start: datetime
    end: Ending
    said: frozenset[str]
    """References in the customer's words and the subject."""
    named: frozenset[str]
    """References in anybody's words, and what the source calls the contact."""
    kinds: frozenset[str]
    """Kinds of the references that the customer names: an order, a ticket …"""
    intents: dict[str, float]
    """What the customer wants -> probability."""
    opening: frozenset[str]
    """Words of the customer's opening, folded."""
    staff: frozenset[str]
    """Names of agents who spoke, folded."""
    language: str
    """ISO 639-1 code of the contact, or ``und``."""
    told: frozenset[str]
    """Stems of the content words that the customer uses."""
    spoken: frozenset[str]
    """Stems of the content words that anybody uses."""
    days: frozenset[int]
    """Weekdays, from 0 for Monday, that the opening names."""
    stood_for: frozenset[int]
    """Weekdays of the contact itself and those that agents named in it."""
    dates: frozenset[int]
    """Days gone by that the opening names, as ordinals."""
    present: frozenset[int]
    """Days on which the contact went on, as ordinals."""
    channels: frozenset[Channel]
    """Channels that the opening speaks of."""
    points_back: int
    """How many words of the opening point to an earlier contact."""
    goes_on: int
    """How many words of the opening say that the matter is not new."""
    sets_apart: int
    """How many words of the opening say that it is a new matter."""

    @property
    def id(self) -> str:
        """Id of the conversation."""
        return self.contact.conversation.id


def read(
    contact: Contact,
    owner: Owner,
    known: Iterable[Identifier],
    policy: JourneyPolicy,
    now: datetime,
) -> Reading:
    """Read a contact.

    Parameters
    ----------
    contact : Contact
        With its signals.
    owner : Owner
        Whose it is.
    known : iterable of Identifier
        Identifiers of the neighbourhood: an account or phone number names no matter.
    policy : JourneyPolicy
        For when it ended.
    now : datetime
        The moment of reading.
    """
    conversation = contact.conversation
    turns = [turn for turn in conversation.turns if turn.public]
    customer = [turn.body for turn in turns if turn.role is Role.CUSTOMER]
    opening = " \n".join([conversation.subject or "", *customer])[:OPENING_CHARS]
    numbers = _numbers(known)
    said = _references([conversation.subject or "", *customer, *_entities(contact)], numbers)
    named = _references([turn.body for turn in turns], numbers)
    return Reading(
        contact=contact,
        owner=owner,
        start=conversation.started_at,
        end=ending(conversation, policy, now),
        said=frozenset(said),
        named=frozenset({*named, *said, _own_number(conversation)}),
        kinds=frozenset(said.values()),
        intents=_intents(contact),
        opening=frozenset(name_tokens(opening)),
        staff=_staff(turns),
        language=_language(contact),
        told=_stems([conversation.subject or "", *customer]),
        spoken=_stems([conversation.subject or "", *(turn.body for turn in turns)]),
        days=weekdays(opening),
        stood_for=_days(conversation),
        dates=days_past(opening, conversation.started_at),
        present=frozenset(conversation.moment(t).date().toordinal() for t in turns),
        channels=channels_spoken_of(opening),
        points_back=len(follow_up_cues(opening)),
        goes_on=len(goes_on_cues(opening)),
        sets_apart=len(new_matter_cues(opening)),
    )


def _numbers(known: Iterable[Identifier]) -> frozenset[str]:
    return frozenset(re.sub(r"[^A-Z\d]", "", i.value.upper()) for i in known)


def _references(texts: Iterable[str], numbers: Collection[str]) -> dict[str, str]:
    found = {code: kind for text in texts for code, kind in references(text).items()}
    return {c: kind for c, kind in found.items() if not any(c in number for number in numbers)}


def _entities(contact: Contact) -> list[str]:
    return [
        str(signal.details.get("value") or "")
        for signal in contact.signals
        if signal.kind is SignalKind.ENTITY and _REFERENCE.search(signal.label)
    ]


def _own_number(conversation: Conversation) -> str:
    return re.sub(r"[^A-Z\d]", "", conversation.source_id.upper())


def _intents(contact: Contact) -> dict[str, float]:
    """Take the customer's intents over the contact, or of its turns where there are none."""
    found: dict[SubjectKind, dict[str, float]] = {kind: {} for kind in SubjectKind}
    for signal in contact.signals:
        wanted = signal.kind is SignalKind.INTENT and signal.role in (None, Role.CUSTOMER)
        if wanted and not signal.abstained and signal.label not in _MOOD_INTENTS:
            level = found[signal.subject_kind]
            level[signal.label] = max(level.get(signal.label, 0.0), signal.probability or 1.0)
    return found[SubjectKind.CONVERSATION] or found[SubjectKind.TURN]


def _language(contact: Contact) -> str:
    found = {
        signal.subject_kind: signal.label
        for signal in contact.signals
        if signal.kind is SignalKind.LANGUAGE
    }
    return found.get(SubjectKind.CONVERSATION, contact.conversation.language or "und")


def _stems(texts: Iterable[str]) -> frozenset[str]:
    words = {word for text in texts for word in name_tokens(text)}
    return frozenset(word[:STEM] for word in words - common_words() if len(word) >= _SHORTEST)


def _days(conversation: Conversation) -> frozenset[int]:
    agents = [t for t in conversation.turns if t.role is Role.AGENT and t.public]
    named = {day for turn in agents for day in weekdays(turn.body)}
    return frozenset({conversation.started_at.weekday(), *named})


@cache
def common_words() -> frozenset[str]:
    """Give the words of several languages that say nothing about a matter."""
    text = Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _staff(turns: Iterable[Turn]) -> frozenset[str]:
    """Names of the agents, by the source or by how they introduce themselves."""
    agents = [turn for turn in turns if turn.role is Role.AGENT]
    names = {word for turn in agents for word in name_tokens(turn.author)}
    for turn in agents:
        for match in _INTRODUCTION.finditer(turn.body):
            names |= set(name_tokens(next(filter(None, match.groups()))))
    names -= common_words()
    return frozenset(name for name in names if len(name) >= 3)


_INTRODUCTION = re.compile(
    r"\b([A-Z][a-z]\w+) (?:speaking|here)\b"
    r"|\b(?:[Mm]y name is|[Tt]his is|I'm|I am|[Ii]t's|through to|speaking (?:to|with)|"
    r"you've got|you have) ([A-Z][a-z]\w+)"
)
