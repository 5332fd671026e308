"""Texts written for this project, with what they hold. Every sixth is kept for development."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.taxonomy import FOLDER


@dataclass(frozen=True)
class OwnTurn:
    """One turn of a customer as real talks have them: short, several needs, none at all."""

    text: str
    intents: tuple[str, ...]
    sentiment: str
    emotions: tuple[str, ...]


def own_turns(split: str) -> list[OwnTurn]:
    """Give the turns of ``nlp/taxonomies/turns``."""
    return [
        turn
        for place, turn in enumerate(_all())
        if split == "all" or (place % 6 == 5) == (split == "dev")
    ]


def _all() -> Iterator[OwnTurn]:
    for path in sorted((FOLDER / "turns").glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                intents, emotions = tuple(row["intents"]), tuple(row["emotions"])
                yield OwnTurn(row["text"], intents, row["sentiment"], emotions)
