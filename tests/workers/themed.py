"""Conversations with known reasons, and a tagger that reads each text as one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.conversation import Channel, Conversation, Role, Turn
from domain.redaction import Redaction
from domain.signal import Signal
from storage import conversations
from storage.database import Database
from tests.themes.conftest import Collection
from tests.workers.conftest import START
from themes.space import Floats
from workers.pipeline import Pipeline, drain


@dataclass(frozen=True)
class OneSentence:
    turn: int
    spans: tuple[tuple[int, int], ...]
    vectors: Floats
    weights: Floats
    wants: tuple[bool, ...] = (True,)


@dataclass(frozen=True)
class Read:
    conversation_id: str
    redactions: tuple[tuple[Redaction, ...], ...]
    said: tuple[OneSentence, ...]
    signals: tuple[Signal, ...] = ()
    need: None = None
    space: str = "made@1"


class KnownTagger:
    """Knows the vector of each text of a collection."""

    version = "known@1"

    def __init__(self, made: Collection) -> None:
        self._vectors = dict(zip(made.texts, made.vectors, strict=True))

    def tag(self, talks: Sequence[Conversation], *, needs: bool = True) -> list[Read]:
        return [
            Read(
                talk.id,
                tuple(() for _ in talk.turns),
                tuple(
                    OneSentence(
                        turn=place,
                        spans=((0, len(turn.text)),),
                        vectors=self._vectors[turn.text][None],
                        weights=np.ones(1, np.float32),
                    )
                    for place, turn in enumerate(talk.turns)
                ),
            )
            for talk in talks
        ]


def contact(number: int, text: str) -> Conversation:
    turn = Turn(role=Role.CUSTOMER, text=text, source_id="t0", at=START)
    return Conversation(
        source="made",
        source_id=str(number),
        channel=Channel.CHAT,
        started_at=START,
        turns=(turn,),
        identifiers=(f"user:{number}",),  # type: ignore[arg-type]
    )


def take_in(pipeline: Pipeline, texts: Sequence[str], first: int = 0) -> None:
    """Keep a contact for each text and tag them all."""
    talks = [contact(number, text) for number, text in enumerate(texts, first)]
    with pipeline.database.session() as session:
        conversations.save_many(session, talks, START)
    drain(pipeline)


def labels(database: Database) -> dict[str, str | None]:
    """Give the theme of each text, by the text; all that say the same must agree."""
    from sqlalchemy import select

    from storage.tables import AssignmentRow, StatementRow, TurnRow
    from storage.theme_models import live_version

    query = (
        select(TurnRow.text, AssignmentRow.theme_id)
        .join(StatementRow, StatementRow.turn_id == TurnRow.id)
        .join(AssignmentRow, AssignmentRow.statement_id == StatementRow.id)
        .where(AssignmentRow.version == live_version())
    )
    found: dict[str, str | None] = {}
    with database.reading() as session:
        for text, theme in session.execute(query):
            assert found.setdefault(text, theme) == theme, "equal texts with unlike themes"
    return found
