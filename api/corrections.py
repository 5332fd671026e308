"""What a person's word about a signal means as a `Correction`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.problems import Problem
from domain.conversation import Role
from domain.correction import Correction, CorrectionAction
from domain.signal import Origin, Signal, SignalKind, SubjectKind

CORRECTABLE = (
    SignalKind.INTENT,
    SignalKind.ACT,
    SignalKind.SENTIMENT,
    SignalKind.EMOTION,
    SignalKind.EFFORT,
    SignalKind.PROMISE,
    SignalKind.URGENCY,
    SignalKind.RESOLUTION,
    SignalKind.SATISFACTION,
    SignalKind.LANGUAGE,
)
"""Kinds that hang on a label alone; entities and summaries hang on a place in the text."""

LABELS: Mapping[SignalKind, Mapping[str, float | None]] = {
    SignalKind.SENTIMENT: {"negative": -1.0, "neutral": 0.0, "positive": 1.0},
    SignalKind.EMOTION: dict.fromkeys(
        (
            "anger",
            "frustration",
            "confusion",
            "disappointment",
            "worry",
            "gratitude",
            "joy",
            "neutral",
        )
    ),
    SignalKind.EFFORT: dict.fromkeys(("repeats", "transferred", "waited", "tried_before")),
    SignalKind.PROMISE: dict.fromkeys(("call", "refund", "send", "write", "do")),
    SignalKind.URGENCY: dict.fromkeys(("urgent",)),
    SignalKind.RESOLUTION: dict.fromkeys(("resolved", "unresolved", "promised", "unclear")),
    SignalKind.SATISFACTION: {"dissatisfied": 1.0, "neutral": 3.0, "satisfied": 5.0},
}
"""Labels of the kinds that have a fixed set, with the value a label stands for alone."""

RANGES: Mapping[SignalKind, tuple[float, float]] = {
    SignalKind.SENTIMENT: (-1.0, 1.0),
    SignalKind.SATISFACTION: (1.0, 5.0),
}
"""Kinds to which a person may give a value, from lowest to highest."""


@dataclass(frozen=True)
class Word:
    """What a person says, who it is and when."""

    label: str
    value: float | None
    by: str
    at: datetime


@dataclass(frozen=True)
class Subject:
    """What the person speaks about."""

    kind: SubjectKind
    id: str
    content_hash: str


def replacement(signal: Signal, behind: Correction | None, word: Word) -> Correction:
    """Give the correction that puts another label in a signal's place.

    Parameters
    ----------
    signal : Signal
        The machine's, or a person's earlier word.
    behind : Correction or None
        The earlier word's correction.
    """
    check(signal.kind, word)
    added = behind is not None and behind.action is CorrectionAction.ADD
    machine_label = behind.machine_label if behind is not None else signal.label
    return Correction(
        subject_kind=signal.subject_kind,
        subject_id=signal.subject_id,
        kind=signal.kind,
        action=CorrectionAction.ADD if added else CorrectionAction.REPLACE,
        taxonomy=signal.own_taxonomy,
        machine_label=machine_label,
        label=word.label,
        value=_value(signal.kind, word),
        role=signal.role,
        content_hash=signal.content_hash,
        at=word.at,
        by=word.by,
    )


def addition(subject: Subject, kind: SignalKind, role: Role | None, word: Word) -> Correction:
    """Give the correction that adds a label which the machine did not see."""
    check(kind, word)
    return Correction(
        subject_kind=subject.kind,
        subject_id=subject.id,
        kind=kind,
        action=CorrectionAction.ADD,
        label=word.label,
        value=_value(kind, word),
        role=role,
        content_hash=subject.content_hash,
        at=word.at,
        by=word.by,
    )


def removal(signal: Signal, by: str, at: datetime) -> Correction:
    """Give the correction that strikes a label of the machine's."""
    _correctable(signal.kind)
    return Correction(
        subject_kind=signal.subject_kind,
        subject_id=signal.subject_id,
        kind=signal.kind,
        action=CorrectionAction.REMOVE,
        taxonomy=signal.own_taxonomy,
        machine_label=signal.label,
        role=signal.role,
        content_hash=signal.content_hash,
        at=at,
        by=by,
    )


def behind(signal: Signal, words: Iterable[Correction]) -> Correction | None:
    """Find the correction that made a person's signal."""
    if signal.origin is Origin.MACHINE:
        return None
    key = (signal.subject_id, signal.kind, signal.role, signal.label, signal.own_taxonomy)
    same = [w for w in words if (w.subject_id, w.kind, w.role, w.label, w.taxonomy) == key]
    return same[-1] if same else None


def check(kind: SignalKind, word: Word) -> None:
    """Refuse what no signal of this kind can say.

    Raises
    ------
    Problem
        422.
    """
    _correctable(kind)
    name = kind.replace("_", " ")
    labels = LABELS.get(kind)
    if labels is not None and word.label not in labels:
        detail = f"Labels of this kind ({name}): {', '.join(labels)}."
        raise Problem(422, detail, slug="invalid-label")
    if word.value is None:
        return
    if kind not in RANGES:
        detail = f"Only these kinds take a value: {', '.join(RANGES)}."
        raise Problem(422, detail, slug="invalid-label")
    low, high = RANGES[kind]
    if not low <= word.value <= high:
        detail = f"A value of this kind ({name}) lies from {low:g} to {high:g}."
        raise Problem(422, detail, slug="invalid-label")


def _correctable(kind: SignalKind) -> None:
    if kind not in CORRECTABLE:
        names = ", ".join(CORRECTABLE)
        raise Problem(422, f"Signals of these kinds can be corrected: {names}.", slug="fixed-kind")


def _value(kind: SignalKind, word: Word) -> float | None:
    return LABELS.get(kind, {}).get(word.label) if word.value is None else word.value
