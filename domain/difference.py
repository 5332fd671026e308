"""What a new reading of a conversation says otherwise than the one before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from domain.base import Record
from domain.conversation import Role
from domain.signal import Signal, SignalKind, SubjectKind

SLIGHT = 0.1
"""A value that moves by less is the same."""


class What(StrEnum):
    """How one statement differs."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"
    """One label gave way to another about the same thing."""
    SURE = "sure"
    """The same label, now without doubt."""
    UNSURE = "unsure"
    """The same label, now in doubt."""
    CHANGED = "changed"
    """The same label with another value, or another sentence of a summary."""


class Change(Record):
    """One statement before and after."""

    subject_kind: SubjectKind
    subject_id: str
    kind: SignalKind
    role: Role | None
    what: What
    before: str | None
    """Label; None where it was not said before."""
    after: str | None
    """Label; None where it is not said any more."""


def difference(before: Iterable[Signal], after: Iterable[Signal]) -> tuple[Change, ...]:
    """Compare two readings of one conversation, statement by statement.

    Parameters
    ----------
    before, after : iterable of Signal
        Those that count, people's words laid over the machine's, in the tagger's order.

    Returns
    -------
    tuple of Change
        One for each statement of either reading, those that are the same too.
    """
    old, new = _grouped(before), _grouped(after)
    return tuple(
        change for key in {**old, **new} for change in _compared(old.get(key, ()), new.get(key, ()))
    )


def _grouped(signals: Iterable[Signal]) -> dict[tuple[object, ...], list[Signal]]:
    groups: dict[tuple[object, ...], list[Signal]] = {}
    for signal in signals:
        # Labels of an own taxonomy give way to one another, not to those of the general one.
        key = (signal.subject_id, signal.kind, signal.role, signal.own_taxonomy)
        groups.setdefault(key, []).append(signal)
    return groups


def _compared(old: Sequence[Signal], new: Sequence[Signal]) -> Iterator[Change]:
    """Compare what is said about one subject in one kind."""
    known, now = {_name(s): s for s in old}, {_name(s): s for s in new}
    for name in known:
        if name in now:
            yield _change(known[name], now[name], _kept(known[name], now[name]))
    gone = [signal for name, signal in known.items() if name not in now]
    come = [signal for name, signal in now.items() if name not in known]
    for signal in gone:
        successor = next((s for s in come if _follows(signal, s)), None)
        if successor is not None:
            come.remove(successor)
        yield _change(signal, successor, What.REPLACED if successor else What.REMOVED)
    for signal in come:
        yield _change(None, signal, What.ADDED)


def _name(signal: Signal) -> tuple[object, ...]:
    # Entities of one label differ by place alone; other kinds by their label.
    return (signal.label, signal.evidence if signal.kind is SignalKind.ENTITY else ())


def _follows(old: Signal, new: Signal) -> bool:
    return old.kind is not SignalKind.ENTITY or old.evidence == new.evidence


def _kept(old: Signal, new: Signal) -> What:
    if old.abstained != new.abstained:
        return What.UNSURE if new.abstained else What.SURE
    moved = abs((new.value or 0.0) - (old.value or 0.0)) >= SLIGHT
    reworded = old.kind is SignalKind.SUMMARY and old.evidence != new.evidence
    return What.CHANGED if moved or reworded else What.SAME


def _change(old: Signal | None, new: Signal | None, what: What) -> Change:
    one = new or old
    assert one is not None
    return Change(
        subject_kind=one.subject_kind,
        subject_id=one.subject_id,
        kind=one.kind,
        role=one.role,
        what=what,
        before=old.label if old else None,
        after=new.label if new else None,
    )


class Tally(Record):
    """How often statements differ in one way."""

    subject_kind: SubjectKind
    kind: SignalKind
    what: What
    before: str | None
    after: str | None
    count: int
    """Statements, not conversations: a conversation has several turns."""
    examples: tuple[str, ...]
    """Ids of the first conversations in which it is so."""

    @property
    def key(self) -> tuple[object, ...]:
        """What is counted together."""
        return (self.subject_kind, self.kind, self.what, self.before, self.after)


MOST_EXAMPLES = 5


def counted(conversation_id: str, changes: Iterable[Change]) -> list[Tally]:
    """Count the changes of one conversation."""
    counts = Counter((c.subject_kind, c.kind, c.what, c.before, c.after) for c in changes)
    return [
        Tally(
            subject_kind=subject,
            kind=kind,
            what=what,
            before=before,
            after=after,
            count=count,
            examples=(conversation_id,) if what is not What.SAME else (),
        )
        for (subject, kind, what, before, after), count in counts.items()
    ]


def summed(tallies: Iterable[Tally]) -> list[Tally]:
    """Add tallies up, the most frequent first."""
    total: dict[tuple[object, ...], Tally] = {}
    for tally in tallies:
        known = total.get(tally.key)
        if known is not None:
            both = (*known.examples, *tally.examples)[:MOST_EXAMPLES]
            update = {"count": known.count + tally.count, "examples": both}
            tally = tally.model_copy(update=update)
        total[tally.key] = tally
    return sorted(total.values(), key=lambda t: (-t.count, *map(str, t.key)))
