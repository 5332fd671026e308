"""What signals have in common: whom they speak of, and who made them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from domain.conversation import Role
from domain.signal import AbstainReason, Evidence, Signal, SignalKind, SubjectKind
from nlp.reading import Place


@dataclass(frozen=True)
class Makers:
    """Names and versions that stand on signals.

    The models of emotion, acts, cues, resolution and satisfaction may be missing: then nothing is
    read, and nothing is said.
    """

    intents: str
    sentiment: str
    language: str
    rules: str
    taxonomy: str
    emotion: str = ""
    acts: str = ""
    cues: str = ""
    resolution: str = ""
    satisfaction: str = ""


@dataclass(frozen=True)
class Subject:
    """A turn or a conversation that signals are said of."""

    kind: SubjectKind
    id: str
    content_hash: str
    covered: float
    role: Role | None = None

    def signal(self, kind: SignalKind, label: str, model: str, **more: object) -> Signal:
        """Say one signal; ``more`` are fields of it."""
        fields = {
            "subject_kind": self.kind,
            "subject_id": self.id,
            "content_hash": self.content_hash,
            "covered": self.covered,
            "role": self.role,
            "kind": kind,
            "label": label,
            "model": model,
            **more,
        }
        return Signal.model_validate(fields)


def content_hash(*texts: str) -> str:
    """Give the hash of what was read, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:16]


def share(probability: float) -> float:
    """Bring a probability into bounds, four digits."""
    return round(min(max(probability, 0.0), 1.0), 4)


def shown(places: Iterable[Place]) -> tuple[Evidence, ...]:
    """Give places as evidence, each once, in order."""
    return tuple(Evidence(turn=turn, start=s, end=e) for turn, s, e in sorted(set(places)))


def doubt(reason: AbstainReason | None, *, understood: bool) -> dict[str, object]:
    """Give the fields that tell whether a statement is to be relied on."""
    why = reason if understood else AbstainReason.UNKNOWN_LANGUAGE
    return {"abstained": why is not None, "reason": why}
