"""A person's correction of the machine, and how it is laid over the machine's signals."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from pydantic import JsonValue

from domain.base import Record, UtcDatetime, stable_id
from domain.conversation import Role
from domain.signal import Origin, Signal, SignalKind, SubjectKind


class CorrectionAction(StrEnum):
    """What the person did."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


class Correction(Record):
    """What a person said about one label of one subject.

    It hangs on the subject and the label, not on a row of the machine's, so it outlives
    every re-tagging.
    """

    subject_kind: SubjectKind
    subject_id: str
    kind: SignalKind
    action: CorrectionAction
    taxonomy: str | None = None
    """Name of an own taxonomy, without its version; None for the general one and other kinds."""
    machine_label: str | None = None
    """The label that is replaced or removed; None when one is added, and where the word is about
    all that an own taxonomy says of the subject, whatever that is in this or a later version."""
    label: str | None = None
    """The right label; None when one is removed."""
    value: float | None = None
    role: Role | None = None
    content_hash: str
    """Of the text that the person read."""
    at: UtcDatetime
    by: str
    """Name of the API key or person, never free text."""

    @property
    def id(self) -> str:
        """Key: a later word on the same label of the same subject takes its place."""
        about = "*" if self.sweeping else self.machine_label or f"+{self.label}"
        own = [self.taxonomy] if self.taxonomy else []
        return stable_id("cor", self.subject_id, self.kind, self.role or "", about, *own)

    @property
    def sweeping(self) -> bool:
        """Whether it stands in the place of all that an own taxonomy says of the subject."""
        return (
            self.taxonomy is not None
            and self.machine_label is None
            and self.action is not CorrectionAction.ADD
        )


def corrected(signals: Iterable[Signal], corrections: Iterable[Correction]) -> tuple[Signal, ...]:
    """Lay corrections over machine signals: a person's word wins, also after a re-tag.

    Where the text was edited after the person read it, the correction stays in force
    and the signal says ``text_changed: true`` in its details, so that a reviewer finds it.

    Parameters
    ----------
    signals : iterable of Signal
        The machine's, of any subjects.
    corrections : iterable of Correction
        Those of the same subjects, in order of time.

    Returns
    -------
    tuple of Signal
        Machine signals that nobody touched, and the corrected ones with origin person.
    """
    result = list(signals)
    hashes = {signal.subject_id: signal.content_hash for signal in result}
    for correction in corrections:
        touched = [s for s in result if _concerns(correction, s)]
        result = [s for s in result if s not in touched]
        if correction.action is not CorrectionAction.REMOVE:
            result.append(_as_signal(correction, touched, hashes))
    return tuple(result)


def _concerns(correction: Correction, signal: Signal) -> bool:
    same = (
        signal.subject_id == correction.subject_id
        and signal.kind is correction.kind
        and signal.role is correction.role
        and signal.own_taxonomy == correction.taxonomy
    )
    if correction.sweeping:
        return same and signal.origin is Origin.MACHINE
    # A label that the machine now gives by itself is not said twice.
    return same and signal.label in (correction.machine_label, correction.label)


def _as_signal(correction: Correction, touched: list[Signal], hashes: Mapping[str, str]) -> Signal:
    present = hashes.get(correction.subject_id, correction.content_hash)
    changed = present != correction.content_hash
    first = touched[0] if touched else None
    return Signal(
        subject_kind=correction.subject_kind,
        subject_id=correction.subject_id,
        kind=correction.kind,
        label=correction.label or "",
        probability=1.0,
        value=correction.value,
        evidence=first.evidence if first else (),
        role=correction.role,
        taxonomy=first.taxonomy if first else correction.taxonomy,
        model="person",
        content_hash=present,
        origin=Origin.PERSON,
        details=_details(first, changed),
        made_at=correction.at,
    )


def _details(first: Signal | None, changed: bool) -> dict[str, JsonValue]:
    """Keep when a promise falls due; what else the machine told was told of its own label."""
    kept = first.details if first is not None and first.kind is SignalKind.PROMISE else {}
    return {**kept, "text_changed": True} if changed else dict(kept)
