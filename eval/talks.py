"""Whole talks with what is known of their end, read as the tagger reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import yaml

from domain.conversation import Channel, Conversation, Role, Turn
from eval.datasets import rows
from eval.labelled import labelled_talks
from eval.rests import rested_on
from ingest.outcome import Item
from ingest.read import read_paths
from nlp.entities.extract import Extractor
from nlp.language import Languages
from nlp.shipped import Shipped
from nlp.tagger import Tagger
from nlp.taxonomy import FOLDER
from nlp.vectors import Vectors
from settings import Settings

_SAMPLE = Path("samples/exports/tuning")
_SAMPLE_ENDS = Path(__file__).with_name("ended_sample.yaml")
_ROLES = {"c": Role.CUSTOMER, "a": Role.AGENT, "b": Role.BOT}
_RESOLUTIONS = {"r": "resolved", "u": "unresolved", "p": "promised", "c": "unclear"}
_STOP = "###STOP###"
"""What the simulated customers of tau end a talk with."""


@dataclass(frozen=True)
class Ended:
    """A talk with how it stood at its end.

    Attributes
    ----------
    resolution : str
        resolved, unresolved, promised or unclear; empty where nobody knows.
    rating : float
        How content the customer was, 1 to 5; for tau the reward, 0 or 1.
    group : str
        Talks of one group never stand on both sides of a fold.
    """

    conversation: Conversation
    resolution: str
    rating: float
    group: str


def reader(vectors: Vectors) -> Tagger:
    """Give a tagger that reads turns, without what is fitted on its readings.

    Its heads are those of :mod:`eval.rests`.
    """
    shipped = replace(Shipped.load(rested_on(), vectors.spaces), closing=None)
    return Tagger(vectors, shipped, Languages.load(Settings().languages), Extractor.load())


def own_talks() -> list[Ended]:
    """Give the talks written for this project."""
    found = yaml.safe_load((FOLDER / "ended_talks.yaml").read_text(encoding="utf-8"))
    return [
        Ended(
            talk(f"own-{number}", [(_ROLES[line[0]], line[3:]) for line in item["talk"]]),
            item["resolution"],
            item["rating"],
            str(number),
        )
        for number, item in enumerate(found)
    ]


def long_talks(split: str = "train") -> list[Ended]:
    """Give the longer talks of our own, which are labelled turn by turn too."""
    return [
        Ended(t.conversation, t.resolution, float(t.satisfaction), str(t.conversation.source_id))
        for t in labelled_talks(split)
    ]


def sample_talks() -> list[Ended]:
    """Give the contacts of the sample's tuning split."""
    ends = yaml.safe_load(_SAMPLE_ENDS.read_text(encoding="utf-8"))
    records = [item.record for item in read_paths([_SAMPLE]) if isinstance(item, Item)]
    return [
        Ended(record, _RESOLUTIONS[end[0]], float(end[1:]), record.id)
        for record in records
        if isinstance(record, Conversation)
        and (end := ends.get(f"{record.source}/{record.source_id}")) is not None
    ]


def tau_talks() -> list[Ended]:
    """Give tau airline chats (MIT); the rating is their reward, a group is a task."""
    return [
        Ended(
            talk(
                row["id"],
                [
                    (Role(turn["role"]), text)
                    for turn in row["turns"]
                    if (text := turn["text"].replace(_STOP, "").strip())
                ],
            ),
            "",
            float(row["reward"]),
            str(row["task_id"]),
        )
        for row in rows("conversations/tau_airline")
    ]


def talk(name: object, turns: Sequence[tuple[Role, str]]) -> Conversation:
    """Make a chat of roles and texts."""
    return Conversation(
        source="eval",
        source_id=str(name),
        channel=Channel.CHAT,
        started_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        turns=tuple(Turn(role=role, text=text) for role, text in turns),
    )
