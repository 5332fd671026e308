"""Signals of a conversation to the words that carried them.

Occlusion (Zeiler & Fergus 2014; for words, Li et al. 2016, "Understanding neural networks
through representation erasure"): each word of a sentence is left out in turn and the sentence
is read again, in its place in the talk. What the label's log-odds lose is what the word gave.
All variants of a request are read together, by each model once.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from domain.explanation import Explanation, WordEvidence
from domain.signal import Signal, SignalKind
from nlp.evidence.request import Place, Request
from nlp.evidence.scorers import Asked, Memo, Scorer
from nlp.evidence.words import losses, phrases, strongest

MOST_WORDS = 200
"""Words of one request that are left out in turn: as many short texts to read."""
_SENTENCES = 3
"""Sentences in which the words of one signal are sought."""
KINDS = frozenset(
    {
        SignalKind.INTENT,
        SignalKind.ACT,
        SignalKind.SENTIMENT,
        SignalKind.EMOTION,
        SignalKind.EFFORT,
        SignalKind.URGENCY,
    }
)
"""What models read in sentences. Where rules said it, they name the words themselves."""

Places = Mapping[str, tuple[Place, ...]]
"""Sentences by id of the signal."""


class Explainer:
    """Finds words for the signals of one set of models.

    Parameters
    ----------
    scorers : sequence of Scorer
        What reads texts again; no model stands in two of them.
    """

    def __init__(self, scorers: Sequence[Scorer]) -> None:
        self._scorers = {name: scorer for scorer in scorers for name in scorer.labels}

    def explain(self, request: Request, signals: Iterable[Signal]) -> Explanation:
        """Find the words behind signals.

        Those of people, of rules, of other models and of other kinds get no entry.

        Parameters
        ----------
        request : Request
            The conversation as it was tagged.
        signals : iterable of Signal
            Of it and its turns; the first ones come first where there are too many words.
        """
        asked = [signal for signal in signals if self._knows(signal)]
        memos = {scorer: Memo(scorer) for scorer in self._scorers.values()}
        known = {name: memos[scorer] for name, scorer in self._scorers.items()}
        places = _sentences(request, asked, known)
        kept, capped = _within_the_cap(request, places)
        left = {id_: tuple(place for place in own if place in kept) for id_, own in places.items()}
        _read(request, asked, left, known)
        found = {s.id: _words(request, s, left[s.id], known[s.model]) for s in asked}
        return Explanation(
            words={id_: words for id_, words in found.items() if words},
            words_read=sum(len(request.sentence(place).units) for place in kept),
            capped=capped,
        )

    def _knows(self, signal: Signal) -> bool:
        scorer = self._scorers.get(signal.model)
        return (
            signal.kind in KINDS
            and scorer is not None
            and signal.label in scorer.labels[signal.model]
        )


def _sentences(request: Request, asked: Sequence[Signal], known: Mapping[str, Memo]) -> Places:
    """Give the sentences of each signal: its own, or those that by themselves say it most."""
    own = {signal.id: request.places(signal) for signal in asked}
    many = [signal for signal in asked if len(own[signal.id]) > _SENTENCES]
    for memo in dict.fromkeys(known.values()):
        memo.read(
            Asked(None, request.sentence(place).full)
            for signal in many
            if known[signal.model] is memo
            for place in own[signal.id]
        )
    for signal in many:
        odds = {
            place: known[signal.model].odds(signal, Asked(None, request.sentence(place).full))
            for place in own[signal.id]
        }
        own[signal.id] = tuple(sorted(odds, key=lambda place: (-odds[place], place))[:_SENTENCES])
    return own


def _within_the_cap(request: Request, places: Places) -> tuple[set[Place], bool]:
    kept: set[Place] = set()
    words, capped = 0, False
    for place in dict.fromkeys(place for own in places.values() for place in own):
        size = len(request.sentence(place).units)
        if words + size > MOST_WORDS:
            capped = True
        else:
            kept.add(place)
            words += size
    return kept, capped


def _read(
    request: Request, asked: Sequence[Signal], places: Places, known: Mapping[str, Memo]
) -> None:
    for memo in dict.fromkeys(known.values()):
        wanted = dict.fromkeys(
            place for signal in asked if known[signal.model] is memo for place in places[signal.id]
        )
        memo.read(asked for place in wanted for asked in _variants(request, place))


def _variants(request: Request, place: Place) -> list[Asked]:
    return [Asked(place, text) for text in request.sentence(place).variants]


def _words(
    request: Request, signal: Signal, places: Sequence[Place], memo: Memo
) -> tuple[WordEvidence, ...]:
    """Share the loss of a signal out over the words of its sentences."""
    parts = []
    for place in places:
        full, *without = (memo.odds(signal, asked) for asked in _variants(request, place))
        parts.append(np.maximum(losses(request.sentence(place), full, without), 0.0))
    total = float(sum(part.sum() for part in parts))
    if total <= 0.0:
        return ()
    kept = strongest(np.concatenate(parts) / total)
    found, start = [], 0
    for place, part in zip(places, parts, strict=True):
        shown = kept[start : start + len(part)]
        start += len(part)
        body = request.body(place)
        found += [
            WordEvidence(turn=place[0], start=s, end=e, score=round(min(score, 1.0), 4))
            for (s, e), score in phrases(body, request.sentence(place), part / total, shown)
        ]
    return tuple(sorted(found, key=lambda word: (word.turn, word.start)))
