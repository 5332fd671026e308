"""The tagger on fresh talks of our own, labelled twice: ``python -m eval.fresh``.

Whoever wrote the talks and whoever labelled them saw no output, and nothing was trained or
chosen on them. The labels are a language model's reading of whole talks, twice apart.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from domain.conversation import Conversation, Role
from domain.signal import Signal, SignalKind
from eval.cues import line
from eval.labelled import Row, conversation_of
from eval.results import table, write_section
from eval.sample import load_tagger
from eval.talks_dev import SEVERAL, said
from settings import Settings

FOLDER = Path(__file__).parent / "labels" / "fresh"
LABELLINGS = ("first", "second")
Place = tuple[str, int | None]
"""Name of a talk and position of a turn; None for the talk as a whole."""
Labels = Mapping[Place, Row]


def talks() -> dict[str, Conversation]:
    """Give the talks by name."""
    lines = (FOLDER / "talks.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["id"]: conversation_of(row["id"], row) for row in rows}


def labelling(name: str) -> Labels:
    """Read one labelling."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {(row["talk"], row.get("position")): row for row in rows}


def machine(known: Mapping[str, Conversation]) -> Labels:
    """Say of the talks what the tagger says, in the form of a labelling."""
    tagged = load_tagger(Settings()).tag(list(known.values()))
    found: dict[Place, Row] = {}
    for (name, talk), answer in zip(known.items(), tagged, strict=True):
        for place in range(len(talk.turns)):
            found[name, place] = said(_of(answer.signals, talk.turn_id(place)))
        whole = _of(answer.signals, talk.id)
        found[name, None] = {
            "resolution": next(
                (s.label for s in whole if s.kind is SignalKind.RESOLUTION), "unclear"
            )
        }
    return found


def _of(signals: Sequence[Signal], subject: str) -> list[Signal]:
    return [signal for signal in signals if signal.subject_id == subject]


def compared(pair: str, one: Labels, other: Labels, roles: Mapping[Place, Role]) -> list[list[str]]:
    """Compare two sets of labels: precision and recall of one, the other being right."""
    rows = []
    for name, (role, held) in SEVERAL.items():
        if name.startswith("acts"):
            continue  # nobody labelled them
        places = [place for place, who in roles.items() if who is role and place in other]
        left, right = ([held(side[place]) for place in places] for side in (one, other))
        both = sum((a & b).total() for a, b in zip(left, right, strict=True))
        counts = (both, sum(a.total() for a in left), sum(b.total() for b in right))
        f1 = 2 * both / max(counts[1] + counts[2], 1)
        rows.append([*line(name, pair, counts), f"{f1:.3f}"])
    for name in ("sentiment", "resolution"):
        places = [place for place, row in other.items() if row.get(name)]
        alike = sum(one[place][name] == other[place][name] for place in places)
        rows.append([name, pair, str(len(places)), "-", "-", "-", f"{alike / len(places):.3f}"])
    return rows


def main() -> None:
    """Compare, print and write the section."""
    known = talks()
    found, (first, second) = machine(known), map(labelling, LABELLINGS)
    roles: dict[Place, Role] = {
        (n, p): turn.role for n, talk in known.items() for p, turn in enumerate(talk.turns)
    }
    parts = [
        compared("tagger against first", found, first, roles),
        compared("tagger against second", found, second, roles),
        compared("second against first", second, first, roles),
    ]
    rows = [row for group in zip(*parts, strict=True) for row in group]
    head = ["what", "compared", "said", "labelled", "precision", "recall", "F1, or accuracy"]
    body = table(head, rows)
    Console().print(body)
    write_section(
        "Fresh talks, labelled twice",
        "python -m eval.fresh",
        f"{len(known)} talks, {len(first)} labels of turns and talks (`eval/labels/fresh`), given "
        "twice, independently and before any output was seen, by a language model. Shares with "
        "Wilson's 95 % intervals. Nothing was trained or chosen on them.",
        body,
    )


if __name__ == "__main__":
    main()
