"""Intents and acts of a turn, and their roll-up to a conversation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from domain.signal import AbstainReason
from nlp.heads import Floats, Head
from nlp.reading import LabelReading
from nlp.taxonomy import Taxonomy
from nlp.vectors import TextVectors

OUT_OF_SCOPE = "out_of_scope"
Shown = tuple[float, tuple[int, int]]
"""Probability of a label, and the sentence that shows it most."""
_CLOSE = 0.06
"""Two labels below their threshold and this near to one another are a close call."""
_ACT_SURE = 0.6
"""An act at least this probable explains a turn without an intent."""


@dataclass(frozen=True)
class TurnIntents:
    """What a turn wants and does.

    Attributes
    ----------
    intents : tuple of LabelReading
        Those that hold, most probable first; or the best one, abstained, where the turn
        wants something that cannot be told. Empty where it only greets, thanks or answers.
    acts : tuple of LabelReading
        Those that hold.
    best : LabelReading or None
        The most probable intent, however low; None where there is no sentence.
    """

    intents: tuple[LabelReading, ...]
    acts: tuple[LabelReading, ...]
    best: LabelReading | None = None


class IntentReader:
    """Reads turns with the general head.

    Parameters
    ----------
    head : Head
        Of intents and acts.
    taxonomy : Taxonomy
        Which of its labels are which.
    in_talks : float, optional
        Probability from which an intent holds that was read in a talk.
    """

    def __init__(self, head: Head, taxonomy: Taxonomy, in_talks: float = 0.5) -> None:
        self._head = head
        self._taxonomy = taxonomy
        self._in_talks = in_talks

    @property
    def space(self) -> str:
        """Version of the embedding space that turns are to be given in."""
        return self._head.space

    def read(
        self, texts: Sequence[TextVectors], in_talks: Mapping[int, Floats] | None = None
    ) -> list[TurnIntents]:
        """Read turns. One without a sentence wants and does nothing.

        Parameters
        ----------
        texts : sequence of TextVectors
            Of the turns.
        in_talks : mapping of int to float32 array of shape (n_intents,), optional
            Probabilities of the intents of turns that were read in their talk, by place.

        A label's log-odds are the mean of those of the whole turn, in which a need is easily
        lost, and of the sentence that shows it most, which alone says too much where there are
        many: on our own turns, left out by thirds, micro F1 is 0.60 with both and 0.58 with
        either. For a turn of one sentence they are the same.
        """
        full = [text for text in texts if text.whole is not None]
        if not full:
            return [TurnIntents((), ())] * len(texts)
        wholes = np.stack([text.whole for text in full if text.whole is not None])
        turns = iter(self._head.scores(wholes))
        rows = self._head.scores(np.concatenate([text.sentences for text in full]))
        readings, start = [], 0
        for place, text in enumerate(texts):
            end = start + len(text.spans)
            if text.whole is None:
                readings.append(TurnIntents((), ()))
            else:
                talk = (in_talks or {}).get(place)
                readings.append(self._turn(text, next(turns), rows[start:end], talk))
            start = end
        return readings

    def _turn(
        self, text: TextVectors, turn: Floats, rows: Floats, talk: Floats | None
    ) -> TurnIntents:
        shares = 1.0 / (1.0 + np.exp(-(turn + rows.max(axis=0)) / 2.0))
        thresholds = dict(self._head.thresholds)
        if talk is not None:
            shares[self._columns] = talk
            thresholds |= dict.fromkeys(self._taxonomy.intents, self._in_talks)
        clearest = rows.argmax(axis=0).tolist()
        columns = zip(self._head.labels, shares.tolist(), clearest, strict=True)
        all_ = {label: (share, text.spans[place]) for label, share, place in columns}
        acts, intents = (
            tuple(_ranked(all_, (n for n in labels if all_[n][0] >= thresholds[n])))
            for labels in (self._taxonomy.acts, self._taxonomy.intents)
        )
        ranked = _ranked(all_, self._taxonomy.intents, most=2)
        if not intents and not _explained(acts):
            intents = (self._unsure(ranked, acts),)
        return TurnIntents(intents, acts, ranked[0])

    @cached_property
    def _columns(self) -> list[int]:
        return [self._head.labels.index(label) for label in self._taxonomy.intents]

    def _unsure(self, ranked: Sequence[LabelReading], acts: Sequence[LabelReading]) -> LabelReading:
        first, second = ranked[0], ranked[1]
        if any(act.label == OUT_OF_SCOPE for act in acts):
            return replace(first, reason=AbstainReason.OUT_OF_SCOPE)
        near = first.probability - second.probability < _CLOSE and second.probability > 0.2
        reason = AbstainReason.CLOSE_CALL if near else AbstainReason.LOW_PROBABILITY
        return replace(first, reason=reason)


def _explained(acts: Sequence[LabelReading]) -> bool:
    return any(act.label != OUT_OF_SCOPE and act.probability >= _ACT_SURE for act in acts)


def _ranked(
    all_: Mapping[str, Shown], labels: Iterable[str], most: int | None = None
) -> list[LabelReading]:
    order = sorted(labels, key=lambda label: (-all_[label][0], label))[:most]
    return [LabelReading(label, *all_[label]) for label in order]
