"""Whole talks written for this project, with labels of every kind, turn by turn.

Whole talks are kept for development, every sixth of a file, so that no talk stands on both
sides.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.conversation import Channel, Conversation, Role, Turn
from nlp.taxonomy import FOLDER

TALKS = FOLDER / "talks"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class LabelledTalk:
    """A talk with its labels.

    Attributes
    ----------
    labels : tuple of mapping
        One for each turn: of customers' turns intents, sentiment, emotions, effort, urgency
        and acts, of agents' promises and acts (``eval/labels/guide.md``).
    resolution : str
        resolved, unresolved, promised or unclear.
    satisfaction : int
        1 to 5.
    """

    conversation: Conversation
    labels: tuple[Row, ...]
    resolution: str
    satisfaction: int

    def of(self, role: Role) -> Iterator[tuple[int, Row]]:
        """Give positions and labels of the turns of a role."""
        turns = enumerate(zip(self.conversation.turns, self.labels, strict=True))
        return ((place, row) for place, (turn, row) in turns if turn.role is role)


def labelled_talks(split: str = "all", folder: Path = TALKS) -> list[LabelledTalk]:
    """Read the talks of a split.

    Parameters
    ----------
    split : {"train", "dev", "all"}
    folder : Path
        With one talk a line in its files.
    """
    return [
        read_talk(f"{path.stem}-{place}", json.loads(line))
        for path in sorted(folder.glob("*.jsonl"))
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines())
        if split == "all" or (place % 6 == 5) == (split == "dev")
    ]


def read_talk(name: str, row: Row) -> LabelledTalk:
    """Make a talk with its labels of a line of a file."""
    talk = conversation_of(name, row)
    return LabelledTalk(talk, tuple(row["turns"]), row["resolution"], row["satisfaction"])


def conversation_of(name: str, row: Row) -> Conversation:
    """Make the conversation of a line of a file."""
    return Conversation(
        source="eval",
        source_id=name,
        channel=Channel(row["channel"]),
        started_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        turns=tuple(Turn(role=Role(turn["role"]), text=turn["text"]) for turn in row["turns"]),
    )
