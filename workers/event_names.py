"""The registry of event names at work: what is unknown, what drifts, what a person says."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime, now
from journey.events.places import places
from journey.events.registry import Registry
from journey.events.repair import Repairs, repaired, repairs
from journey.events.suggest import Seen, Suggestion, suggest
from storage import event_aliases
from storage.database import Database
from storage.event_aliases import AliasWord, SeenName
from workers.analysis import open_mart
from workers.definitions import registry_of


class NameReport(Record):
    """One canonical name, as it was seen."""

    name: str
    known: bool
    """Whether it stands in the registry."""
    channel: str | None
    marks: tuple[str, ...]
    events: int
    first_at: UtcDatetime
    last_at: UtcDatetime
    spellings: tuple[SeenName, ...]
    """As sources wrote it; more than one means that it drifts, or that sources differ."""
    example_ids: tuple[str, ...]


class RegistryReport(Record):
    """All names that were seen, what may be the same, and what was mended."""

    names: tuple[NameReport, ...]
    """Unknown ones first, then by events."""
    unknown: int
    suggestions: tuple[Suggestion, ...]
    words: tuple[AliasWord, ...]
    """What people confirmed and rejected."""
    repairs: dict[str, int]


def report(database: Database) -> RegistryReport:
    """Tell of all event names that were seen."""
    with open_mart(database) as mart:
        assert mart.events is not None, "the database holds events"
        mended = repairs(mart.events)
        beside = places(repaired(mart.events))
    with database.reading() as session:
        known = registry_of(session)
        names = _names(session, known)
        words = event_aliases.words(session)
    seen = [Seen(**name.model_dump(include=set(Seen.model_fields))) for name in names]
    no = [(word.alias, word.name) for word in words if not word.confirmed]
    return RegistryReport(
        names=tuple(names),
        unknown=sum(not name.known for name in names),
        suggestions=suggest(seen, beside, no),
        words=words,
        repairs=_counts(mended),
    )


def say(session: Session, alias: str, name: str, by: str, *, same: bool) -> AliasWord:
    """Keep what a person says of two names: that they mean the same, or that they do not.

    Nothing that is stored changes: the canonical name is given on reading, so the word can be
    taken back.

    Raises
    ------
    storage.event_aliases.AliasError
        If names would go in a circle.
    """
    word = AliasWord(alias=alias, name=name, confirmed=same, at=now(), by=by)
    event_aliases.say(session, word)
    return word


def _names(session: Session, known: Registry) -> list[NameReport]:
    spellings: dict[str, list[SeenName]] = {}
    for one in event_aliases.seen(session):
        spellings.setdefault(known.canonical(one.name), []).append(one)
    found = [_name(session, known, name, mine) for name, mine in spellings.items()]
    return sorted(found, key=lambda n: (n.known, -n.events, n.name))


def _name(session: Session, known: Registry, name: str, mine: Iterable[SeenName]) -> NameReport:
    spelled = tuple(mine)
    said = known.meaning(name)
    return NameReport(
        name=name,
        known=known.knows(name),
        channel=said.channel,
        marks=said.marks,
        events=sum(one.events for one in spelled),
        first_at=min(one.first_at for one in spelled),
        last_at=max(one.last_at for one in spelled),
        spellings=spelled,
        example_ids=event_aliases.example_ids(session, spelled[0].name),
    )


def _counts(mended: Repairs) -> dict[str, int]:
    names = ("events", "future", "doubled", "reordered", "nobodys")
    return {name: getattr(mended, name) for name in names}
