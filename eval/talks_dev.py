"""The tagger on our own talks kept for development: ``python -m eval.talks_dev``.

The yardstick by which readings of talks are chosen; its texts are never trained on.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from scipy.stats import spearmanr

from domain.conversation import Role
from domain.signal import Signal, SignalKind
from eval.cues import as_row
from eval.labelled import LabelledTalk, Row, labelled_talks
from eval.results import table, write_section
from eval.sample import load_tagger
from settings import Settings

RESULTS = Path("docs/results-talks.md")
Held = Callable[[Row], Counter[str]]
SEVERAL: Mapping[str, tuple[Role, Held]] = {
    "intents, labels": (Role.CUSTOMER, lambda row: Counter(set(row["intents"]))),
    "effort, turns": (Role.CUSTOMER, lambda row: Counter(["any"] if row["effort"] else [])),
    "effort, labels": (Role.CUSTOMER, lambda row: Counter(set(row["effort"]))),
    "urgency, turns": (Role.CUSTOMER, lambda row: Counter(["any"] if row["urgency"] else [])),
    "promises, turns": (Role.AGENT, lambda row: Counter(["any"] if row["promises"] else [])),
    "promises, actions": (
        Role.AGENT,
        lambda row: Counter({promise["action"] for promise in row["promises"]}),
    ),
    "emotions, labels": (
        Role.CUSTOMER,
        lambda row: Counter(label for label in set(row["emotions"]) if label != "neutral"),
    ),
    "acts, customers": (Role.CUSTOMER, lambda row: Counter(set(row["acts"]))),
    "acts, agents": (Role.AGENT, lambda row: Counter(set(row["acts"]))),
}
"""What may hold several times of a turn, and of whose."""
Answer = tuple[LabelledTalk, Sequence[Signal]]


def said(signals: Sequence[Signal]) -> Row:
    """Put the signals of a turn into the form of its labels."""
    sure: dict[str, list[str]] = {"intents": [], "emotions": [], "acts": []}
    kinds = {
        SignalKind.INTENT: "intents",
        SignalKind.EMOTION: "emotions",
        SignalKind.ACT: "acts",
    }
    mood = ""
    for signal in signals:
        if signal.kind in kinds and not signal.abstained:
            sure[kinds[signal.kind]].append(signal.label)
        elif signal.kind is SignalKind.SENTIMENT:
            mood = signal.label
    return {**as_row(signals), **sure, "sentiment": mood}


def measure(answers: Sequence[Answer]) -> list[list[str]]:
    """Compare signals with labels: precision, recall and F1, accuracy, rank correlation."""
    turns = [
        (role, talk.labels[place], said(_of(signals, talk.conversation.turn_id(place))))
        for talk, signals in answers
        for role in (Role.CUSTOMER, Role.AGENT)
        for place, _ in talk.of(role)
    ]
    rows = [_several(name, *what, turns) for name, what in SEVERAL.items()]
    mine = [(true, found) for role, true, found in turns if role is Role.CUSTOMER]
    right = sum(true["sentiment"] == found["sentiment"] for true, found in mine)
    rows.append(["sentiment", "accuracy", *_share(right, len(mine))])
    wholes = [(talk, _of(signals, talk.conversation.id)) for talk, signals in answers]
    stands = [_one(signals, SignalKind.RESOLUTION) for _, signals in wholes]
    right = sum(
        one is not None and one.label == talk.resolution
        for (talk, _), one in zip(wholes, stands, strict=True)
    )
    rows.append(["resolution", "accuracy", *_share(right, len(wholes))])
    rated = [_one(signals, SignalKind.SATISFACTION) for _, signals in wholes]
    values = [3.0 if one is None or one.value is None else one.value for one in rated]
    rank = spearmanr(values, [talk.satisfaction for talk, _ in wholes])[0]
    rows.append(["satisfaction", "Spearman", str(len(wholes)), f"{rank:.3f}"])
    return rows


def _several(
    name: str, role: Role, held: Held, turns: Sequence[tuple[Role, Row, Row]]
) -> list[str]:
    both = found = right = 0
    for who, true, machine in turns:
        if who is role:
            one, other = held(machine), held(true)
            both, found, right = (
                both + (one & other).total(),
                found + one.total(),
                right + other.total(),
            )
    figures = (both / max(found, 1), both / max(right, 1), 2 * both / max(found + right, 1))
    precision, recall, score = (f"{figure:.3f}" for figure in figures)
    return [name, f"precision {precision}, recall {recall}", str(right), score]


def _share(part: int, whole: int) -> list[str]:
    return [str(whole), f"{part / whole:.3f}"]


def _of(signals: Sequence[Signal], subject: str) -> list[Signal]:
    return [signal for signal in signals if signal.subject_id == subject]


def _one(signals: Sequence[Signal], kind: SignalKind) -> Signal | None:
    return next((signal for signal in signals if signal.kind is kind), None)


HEAD = ["what", "measure", "labelled", "F1, or as said"]


def main() -> None:
    """Measure the talks kept for development and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=["dev", "train"], default="dev")
    split = parser.parse_args().split
    talks = labelled_talks(split)
    tagged = load_tagger(Settings()).tag([talk.conversation for talk in talks])
    body = table(HEAD, measure([(t, one.signals) for t, one in zip(talks, tagged, strict=True)]))
    Console().print(body)
    if split == "dev":
        write_section(
            "Own talks kept for development",
            "python -m eval.talks_dev",
            f"{len(talks)} whole talks, every sixth of each file of `nlp/taxonomies/talks`.",
            body,
            RESULTS,
        )


if __name__ == "__main__":
    main()
