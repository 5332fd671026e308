"""How a contact ended: a few weights over what its end, its promises and its moods say.

The rules of :mod:`nlp.resolution` find the words that tell; of talks they misjudge most those
in which something stays promised. Probabilities of the four labels are a softmax over named
features, so that ``nlp/weights/resolution.json`` shows what speaks for which.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.signal import AbstainReason
from nlp.calibration import softmax
from nlp.cues.promises import promises
from nlp.endings import Stand
from nlp.read import ConversationRead
from nlp.reading import WholeReading
from nlp.resolution import LABELS, RULES, SURE, End, end_of, judge, resolve
from nlp.satisfaction.features import features

_STATES: Mapping[str, tuple[str, ...]] = {
    "word": ("solved", "broken", "gives_up", "thanks", "asks", "waits", "other"),
    "asked": ("solved", "broken", "gives_up", "thanks", "asks", "waits"),
    "reply": ("done", "promises", "refuses", "asks", "closes"),
    "before": ("done", "promises", "refuses", "asks", "closes"),
}
"""What each of the last runs of sentences may say."""
_MOODS = ("mood", "mood_last", "mood_worst", "thanks", "length", "complaint", "praise", "effort")
_MANY_TURNS, _MANY_PROMISES = 20, 4

_OUTRIGHT, _PLAIN = frozenset({"still_broken", "left"}), 0.8
"""What a customer says in so many words, and last of all, stands, whatever was promised before."""
_UNHEARD = "never_answered"
"""A text alone: the weights were fitted on talks, and a mere "hello" would look like a good end."""

Row = Mapping[str, float]


def outcome_row(read: ConversationRead, stands: Sequence[Stand]) -> dict[str, float]:
    """Give the features of a conversation in which the customer spoke, by name."""
    verdict, ruled = judge(read.conversation, stands), resolve(read.conversation, stands)
    end = end_of(stands)
    felt = features(read, ruled, stands)
    return {
        **_states(end),
        **_promised(read),
        **{name: felt[name] for name in _MOODS},
        "customer_last": float(read.turns[-1].of_customer),
        "turns": min(len(read.turns), _MANY_TURNS) / _MANY_TURNS,
        **{f"rule {rule}": float(verdict is not None and verdict.rule == rule) for rule in RULES},
        **{f"ruled {n}": (ruled.probability or 0.0) * (ruled.label == n) for n in LABELS},
    }


def _states(end: End) -> dict[str, float]:
    return {
        f"{run} {state}": getattr(end, run).says(state)[0]
        for run, states in _STATES.items()
        for state in states
    }


def _promised(read: ConversationRead) -> dict[str, float]:
    moment: datetime = read.conversation.started_at
    agents = [turn for turn in read.turns if not turn.of_customer]
    ruled = [bool(promises(turn.turn.body, moment)) for turn in agents]
    heard = [sure or bool(turn.heard) for sure, turn in zip(ruled, agents, strict=True)]
    return {
        "promise last": float(heard[-1]) if heard else 0.0,
        "promise last by rules": float(ruled[-1]) if ruled else 0.0,
        "promise before": float(heard[-2]) if len(heard) > 1 else 0.0,
        "promise": float(any(heard)),
        "promises, share": sum(heard) / len(heard) if heard else 0.0,
        "promises": min(sum(heard), _MANY_PROMISES) / _MANY_PROMISES,
    }


@dataclass(frozen=True)
class OutcomeModel:
    """Weights of the features for each label, and what each label starts from.

    Attributes
    ----------
    weights : mapping of str to tuple of float
        By feature, in the order of :data:`nlp.resolution.LABELS`.
    """

    weights: Mapping[str, tuple[float, ...]]
    start: tuple[float, ...]
    space: str

    @classmethod
    def load(cls, path: Path) -> "OutcomeModel":
        """Read what :meth:`save` wrote.

        Raises
        ------
        FileNotFoundError
            If the file is missing.
        """
        about = json.loads(path.read_text(encoding="utf-8"))
        weights = {name: tuple(row) for name, row in about["weights"].items()}
        return cls(weights, tuple(about["start"]), about["space"])

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        path.write_text(self._text(), encoding="utf-8")

    @property
    def version(self) -> str:
        """The first 8 hexadecimal digits of the hash of its content."""
        return hashlib.sha256(self._text().encode()).hexdigest()[:8]

    def shares(self, row: Row) -> NDArray[np.float64]:
        """Give the probability of each label, (4,)."""
        told = np.array([row[name] for name in self.weights])
        scores = np.asarray(self.start) + told @ np.array(list(self.weights.values()))
        return np.asarray(softmax(scores[None])[0], np.float64)

    def read(
        self, read: ConversationRead, stands: Sequence[Stand], *, understood: bool = True
    ) -> WholeReading:
        """Read how the matter stands at the end; see :func:`nlp.resolution.resolve`."""
        verdict = judge(read.conversation, stands)
        if verdict is None:
            return WholeReading("unclear", 0.0, reason=AbstainReason.NO_TEXT)
        outright = verdict.rule in _OUTRIGHT and verdict.strength >= _PLAIN
        if read.turns[-1].of_customer and (outright or verdict.rule == _UNHEARD):
            return resolve(read.conversation, stands, understood=understood)
        shares = self.shares(outcome_row(read, stands))
        probability = float(shares.max())
        reason = AbstainReason.LOW_PROBABILITY if probability < SURE else None
        return WholeReading(
            LABELS[int(shares.argmax())],
            probability,
            evidence=() if verdict.stand is None else (verdict.stand.place,),
            reason=reason if understood else AbstainReason.UNKNOWN_LANGUAGE,
        )

    def _text(self) -> str:
        about = {
            "weights": {name: list(row) for name, row in self.weights.items()},
            "start": list(self.start),
            "labels": list(LABELS),
            "space": self.space,
        }
        return json.dumps(about, indent=1) + "\n"
