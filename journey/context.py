"""What an agent needs in one look at a customer: short points, each with its proof."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import chain, islice

from domain.base import Probability, Record, UtcDatetime
from domain.event import Event
from domain.identity import Identity, IdentityLevel
from domain.journey import Contact, Journey
from journey.brief import (
    Draft,
    last_outcomes,
    mood_and_trend,
    promised,
    recurring,
    risks,
    told_effort,
    wanted,
    who,
)
from journey.policy import JourneyPolicy
from journey.told import facts
from journey.tried import tried

MAX_POINTS = 12
MAX_CHARS = 160

_OWN_WORDS = re.compile(r":? ?“?\{quote\}”?")

Redactor = Callable[[str, int, int, int], str]
"""Conversation id, turn, start and end in the original -> the words without identifiers;
nothing where they may not be shown."""


class Section(StrEnum):
    """What a point is about, in the order in which points are shown."""

    WHO = "who"
    WANT = "want"
    THEME = "theme"
    RISK = "risk"
    PROMISE = "promise"
    TOLD = "told"
    TRIED = "tried"
    MOOD = "mood"
    OUTCOME = "outcome"


class Quote(Record):
    """The words that a point rests on: ``[start, end)`` characters of one turn's original."""

    conversation_id: str
    turn: int
    start: int
    end: int
    text: str
    """Without identifiers."""


class Point(Record):
    """One line of the context, at most 160 characters."""

    section: Section
    text: str
    label: str = ""
    """The point in our own words alone, the quoted ones left out."""
    at: UtcDatetime | None = None
    quote: Quote | None = None
    evidence: tuple[str, ...] = ()
    """Ids of the conversations and events behind the point."""


class ThemeOf(Record):
    """A recurring reason for contact that a customer's contacts have."""

    theme_id: str
    label: str
    conversation_ids: tuple[str, ...]


class Context(Record):
    """What is known of a customer at a moment, in at most twelve points."""

    identity_id: str
    level: IdentityLevel
    confidence: Probability
    journey_id: str | None
    """The journey that the points are about: the open one with the latest contact, else
    the latest."""
    as_of: UtcDatetime
    themes: tuple[ThemeOf, ...] = ()
    """Of all journeys, the one with the most contacts first."""
    points: tuple[Point, ...]


def summarise(
    identity: Identity,
    journeys: Sequence[Journey],
    contacts: Iterable[Contact],
    events: Iterable[Event],
    redact: Redactor,
    policy: JourneyPolicy,
    now: datetime,
    themes: Sequence[ThemeOf] = (),
) -> Context:
    """Tell what an agent needs to know of a customer.

    Parameters
    ----------
    identity : Identity
        The customer.
    journeys : sequence of Journey
        The customer's, in any order; none for somebody who was never in touch.
    contacts : iterable of Contact
        Those of the journeys.
    events : iterable of Event
        Those of the neighbourhood; the ones on the journey's timeline are taken.
    redact : Redactor
        Shows words of a turn without the identifiers in them.
    policy : JourneyPolicy
        Windows.
    now : datetime
        The moment of the look.
    themes : sequence of ThemeOf
        Recurring reasons for contact that the contacts have, in any order.

    Returns
    -------
    Context
        At most twelve points of at most 160 characters, in the order of ``Section``.
    """
    known = {contact.conversation.id: contact for contact in contacts}
    journey = current(journeys)
    row: list[Contact] = []
    own: list[Event] = []
    if journey is not None:
        row = [known[id_] for id_ in journey.issue.conversation_ids if id_ in known]
        on_it = {entry.subject_id for entry in journey.timeline}
        own = [event for event in events if event.id in on_it]
    about: list[tuple[Section, Iterable[Draft], int]] = [
        (Section.WHO, who(identity, journeys, tuple(known.values())), 1)
    ]
    if journey is not None:
        about += _about(journey, journeys, row, own, policy, now)
        names = {theme.label: theme.conversation_ids for theme in themes}
        about.insert(_AFTER_WANT, (Section.THEME, recurring(names, row), 1))
    points = (
        _point(section, draft, redact)
        for section, drafts, most in about
        for draft in islice(drafts, most)
    )
    return Context(
        identity_id=identity.id,
        level=identity.level,
        confidence=identity.confidence,
        journey_id=journey.id if journey else None,
        as_of=now,
        themes=tuple(sorted(themes, key=lambda t: (-len(t.conversation_ids), t.theme_id))),
        points=tuple(islice(points, MAX_POINTS)),
    )


_AFTER_WANT = 2
"""Place of the theme among the points: after who it is and what they want."""


def current(journeys: Sequence[Journey]) -> Journey | None:
    """Choose the journey to talk about: an open one before a closed one, then the latest."""
    return max(
        journeys,
        key=lambda j: (j.closed_at is None, _last_contact(j), j.id),
        default=None,
    )


def _last_contact(journey: Journey) -> datetime:
    starts = [e.at for e in journey.timeline if e.kind == "contact"]
    return max(starts, default=journey.opened_at)


def _about(
    journey: Journey,
    journeys: Sequence[Journey],
    contacts: Sequence[Contact],
    events: Sequence[Event],
    policy: JourneyPolicy,
    now: datetime,
) -> list[tuple[Section, Iterable[Draft], int]]:
    """List what is said of a journey: the section, its points, and how many at most."""
    return [
        (Section.WANT, wanted(journey, contacts), 1),
        (Section.RISK, risks(journey, contacts, events, policy, now), 3),
        (Section.PROMISE, promised(contacts, events, now), 2),
        (Section.TOLD, facts(contacts), 2),
        (Section.TRIED, tried(contacts, events), 2),
        (Section.MOOD, chain(mood_and_trend(journey, contacts), told_effort(contacts)), 2),
        (Section.OUTCOME, last_outcomes(journey, journeys), 1),
    ]


def _point(section: Section, draft: Draft, redact: Redactor) -> Point:
    quote = _quote(draft, redact)
    label = _OWN_WORDS.sub("", draft.text)
    # Words that may not be shown yet leave what stands round them.
    text = draft.text.replace("{quote}", quote.text) if quote else label
    return Point(
        section=section,
        text=_cut(text),
        label=_cut(label),
        at=draft.at,
        quote=quote,
        evidence=draft.evidence,
    )


def _quote(draft: Draft, redact: Redactor) -> Quote | None:
    if draft.place is None:
        return None
    id_, turn, start, end = draft.place
    shown = _cut(redact(id_, turn, start, end))
    if not shown:
        return None
    return Quote(conversation_id=id_, turn=turn, start=start, end=end, text=shown)


def _cut(text: str) -> str:
    """Fold white space and end a long text with an ellipsis at a word's end."""
    text = " ".join(text.split())
    if len(text) <= MAX_CHARS:
        return text
    return text[: MAX_CHARS - 1].rsplit(" ", 1)[0] + "…"
