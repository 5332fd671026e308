"""The tagger against two labellings of 300 turns of the sample: ``python -m eval.turns``.

The turns were labelled twice, apart from one another and without sight of any output, each
time by a language model that read the whole conversation; no person's labels are among
them. What the tagger says is compared with each labelling as the two are compared with one
another. Only counts leave this file.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from domain.conversation import Conversation
from domain.signal import Signal, SignalKind, SubjectKind
from eval.labels.pick import conversations
from eval.results import table, write_section
from eval.sample import load_tagger
from settings import Settings

LABELS = Path(__file__).parent / "labels"
Subject = tuple[str, int | None]
"""Conversation and position of the turn; None for the conversation as a whole."""
Labelling = Mapping[Subject, frozenset[str]]


@dataclass(frozen=True)
class Question:
    """One thing that is asked of each turn or conversation.

    Attributes
    ----------
    name : str
        As it stands in the label files.
    kind : SignalKind
        Which signal answers it.
    one : bool
        Whether there is exactly one answer: then accuracy is measured, else micro F1.
    """

    name: str
    kind: SignalKind
    one: bool = False


QUESTIONS = (
    Question("intents", SignalKind.INTENT),
    Question("sentiment", SignalKind.SENTIMENT, one=True),
    Question("effort", SignalKind.EFFORT),
    Question("promises", SignalKind.PROMISE),
    Question("resolution", SignalKind.RESOLUTION, one=True),
)


def labelled(name: str) -> dict[str, dict[Subject, frozenset[str]]]:
    """Read a labelling: for each question, what holds of each turn."""
    found: dict[str, dict[Subject, frozenset[str]]] = {q.name: {} for q in QUESTIONS}
    with (LABELS / f"turns.{name}.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            subject = (row["conversation"], row.get("position"))
            for question in QUESTIONS:
                if row.get(question.name) is not None:
                    found[question.name][subject] = _set(row[question.name])
    return found


def _set(answer: object) -> frozenset[str]:
    if isinstance(answer, list):
        return frozenset(one["action"] if isinstance(one, dict) else one for one in answer)
    return frozenset([str(answer)])


def said(
    found: Iterable[tuple[Conversation, Sequence[Signal]]],
) -> dict[str, dict[Subject, frozenset[str]]]:
    """Give what the tagger says of turns and conversations, abstained labels left out."""
    answers: dict[str, dict[Subject, set[str]]] = {q.name: {} for q in QUESTIONS}
    for conversation, signals in found:
        turns = {conversation.turn_id(place): place for place in range(len(conversation.turns))}
        for signal in signals:
            whole = signal.subject_kind is SubjectKind.CONVERSATION
            subject = (conversation.id, None if whole else turns[signal.subject_id])
            for question in QUESTIONS:
                # One answer is always given; where several may hold, only the sure ones count.
                if signal.kind is question.kind and (question.one or not signal.abstained):
                    answers[question.name].setdefault(subject, set()).add(signal.label)
    return {
        name: {subject: frozenset(labels) for subject, labels in by.items()}
        for name, by in answers.items()
    }


def accuracy(left: Labelling, right: Labelling, subjects: Sequence[Subject]) -> float:
    """Share of subjects with the same answer."""
    return sum(left.get(s) == right.get(s) for s in subjects) / len(subjects)


def micro_f1(left: Labelling, right: Labelling, subjects: Sequence[Subject]) -> float:
    """Micro F1 over labels; the same whichever of the two is held to be true."""
    nothing: frozenset[str] = frozenset()
    both = sum(len(left.get(s, nothing) & right.get(s, nothing)) for s in subjects)
    all_ = sum(len(left.get(s, nothing)) + len(right.get(s, nothing)) for s in subjects)
    return 2 * both / all_ if all_ else 1.0


def _row(question: Question, machine: Labelling, first: Labelling, second: Labelling) -> list[str]:
    subjects = sorted(first, key=str)
    compare: Callable[[Labelling, Labelling, Sequence[Subject]], float] = (
        accuracy if question.one else micro_f1
    )
    agreement = compare(first, second, subjects)
    ours = [compare(machine, labels, subjects) for labels in (first, second)]
    positives = sum(len(first[s]) for s in subjects)
    mean = sum(ours) / 2
    measured = "accuracy" if question.one else "micro F1"
    figures = [agreement, *ours, mean - agreement]
    return [
        question.name,
        measured,
        str(len(subjects)),
        str(positives),
        *(f"{100 * value:.1f}" for value in figures),
    ]


def main() -> None:
    """Measure and write the section."""
    known = {c.id: c for c in conversations(["frozen"])}
    first, second = labelled("first"), labelled("second")
    asked = sorted({subject[0] for subject in first["resolution"]})
    chosen = [known[id_] for id_ in asked]
    tagged = load_tagger(Settings()).tag(chosen)
    machine = said(zip(chosen, (one.signals for one in tagged), strict=True))
    rows = [_row(q, machine[q.name], first[q.name], second[q.name]) for q in QUESTIONS]
    head = [
        "signal",
        "measure",
        "asked of",
        "labels, first",
        "the two labellings",
        "machine and first",
        "machine and second",
        "distance",
    ]
    Console().print(rows)
    write_section(
        "300 turns of the sample, labelled twice",
        "python -m eval.turns",
        "Turns of 58 conversations of the frozen split, drawn before any was tagged "
        "(`eval/labels/pick.py`). Labelled twice, independently and without sight of any output, "
        "by a language model reading whole conversations: not by people, so the agreement of the "
        "two is likely higher than that of two people. Distance: mean of machine against each, "
        "minus the agreement of the two; the aim is -5 or better.",
        table(head, rows),
    )


if __name__ == "__main__":
    main()
