"""A tagger that follows the contract and needs no model: words of a list are intents."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from domain.base import stable_id
from domain.conversation import Conversation
from domain.redaction import Redaction
from domain.signal import Signal, SignalKind, SubjectKind

WORDS = ("parcel", "refund", "password")


@dataclass(frozen=True)
class TinyTagged:
    conversation_id: str
    signals: tuple[Signal, ...]
    redactions: tuple[tuple[Redaction, ...], ...]
    need: list[float] | None
    space: str = "tiny@1"
    said: tuple[()] = ()


class TinyTagger:
    """Names what it was given in ``seen``; fails on ``poison``, waits ``seconds`` a batch."""

    def __init__(self, version: str = "tiny@1", seconds: float = 0.0) -> None:
        self.version = version
        self.seconds = seconds
        self.seen: list[tuple[str, ...]] = []

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> list[TinyTagged]:
        self.seen.append(tuple(c.id for c in conversations))
        time.sleep(self.seconds)
        if any("poison" in turn.text for c in conversations for turn in c.turns):
            raise RuntimeError("a secret of the customer")
        return [self._tag(conversation) for conversation in conversations]

    def _tag(self, conversation: Conversation) -> TinyTagged:
        text = " ".join(turn.body for turn in conversation.turns)
        found = [word for word in WORDS if word in text] or ["other"]
        signals = [
            Signal(
                subject_kind=SubjectKind.CONVERSATION,
                subject_id=conversation.id,
                kind=SignalKind.INTENT,
                label=word,
                probability=0.9,
                model=self.version,
                content_hash=stable_id("txt", text),
            )
            for word in found
        ]
        need = [1.0 if word in text else 0.0 for word in WORDS]
        length = sum(need) ** 0.5
        return TinyTagged(
            conversation_id=conversation.id,
            signals=tuple(signals),
            redactions=tuple(() for _ in conversation.turns),
            need=[x / length for x in need] if length else None,
        )


def load(settings: object, database: object) -> TinyTagger:
    return TinyTagger()


def load_slow(settings: object, database: object) -> TinyTagger:
    return TinyTagger(seconds=0.25)
