"""An own taxonomy as it is kept and asked."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.signal import AbstainReason
from nlp.calibration import Doubles, Logistic, cost_threshold
from nlp.cut import Cut, cut_turn
from nlp.heads import Floats
from nlp.own.calibrate import trust_clues
from nlp.own.kernel import KernelHead, read_tensors
from nlp.own.scope import scope_clues
from nlp.redact.redact import redact_text
from nlp.tops import Adapter, base_space
from nlp.vectors import TextVectors, Vectors
from nlp.version import short_hash

OOS = "oos"
"""The label of examples that belong to no intent."""
_IN_SCOPE = 0.5
"""Below this probability of belonging to some intent a text abstains as out of scope."""
_ABOUT, _TENSORS, _ADAPTER = "taxonomy.json", "taxonomy.safetensors", "adapter.safetensors"


class TaxonomyError(Exception):
    """A taxonomy cannot be fitted or read."""


@dataclass(frozen=True)
class Prediction:
    """What a taxonomy says of a text.

    Attributes
    ----------
    label : str
        The best one, also when abstained.
    labels : tuple of str
        All that hold, the best first; empty when abstained.
    probability : float
        That ``label`` is right: low for texts that belong to no intent.
    abstained : bool
    reason : AbstainReason or None
    scope : float
        Probability that the text belongs to some intent of the taxonomy.
    """

    label: str
    labels: tuple[str, ...]
    probability: float
    abstained: bool
    reason: AbstainReason | None
    scope: float = 1.0


@dataclass(frozen=True)
class _Sure:
    """What is known of texts before a threshold speaks: (N, L), (N,) and (N,)."""

    shares: Floats
    trust: Doubles
    scope: Doubles


@dataclass(frozen=True)
class OwnTaxonomy:
    """A fitted taxonomy.

    Attributes
    ----------
    name : str
    head : KernelHead
    trust : Logistic
        That the best label of a text of some intent is right, see `trust_clues`.
    scope : Logistic
        That a text is of some intent, see `scope_clues`.
    wrong_costs : float
        What a wrong label costs where abstaining costs 1.
    left_out : int
        Examples that were not fitted on, because there were more than can be.
    adapter : Adapter or None
        Of a top that was tuned on its examples; None where it reads the shared vectors alone.
    """

    name: str
    head: KernelHead
    trust: Logistic
    scope: Logistic
    wrong_costs: float
    left_out: int = 0
    adapter: Adapter | None = None

    @property
    def base_space(self) -> str:
        """Version of the embedding space of the encoder that it needs."""
        return base_space(self.head.space)

    def reader(self, vectors: Vectors) -> Vectors:
        """Give what reads texts for it: the shared encoder, or that with its own top."""
        if self.adapter is None or vectors.space != self.base_space:
            return vectors
        return vectors.tuned(self.adapter)

    @property
    def threshold(self) -> float:
        """Below this probability it abstains: there a label would cost more than none."""
        return cost_threshold(self.wrong_costs)

    @property
    def examples(self) -> Floats:
        """(N, D) unit vectors that a text is compared with."""
        return self.head.centres

    @property
    def version(self) -> str:
        """Hash of its content, 8 hexadecimal digits."""
        tuned = [] if self.adapter is None else [self.adapter.data]
        return short_hash([self.head.to_bytes(), self._about_bytes(), *tuned])

    def predict(self, vectors: Vectors, texts: Sequence[str]) -> list[Prediction]:
        """Label texts.

        Parameters
        ----------
        vectors : Vectors
            Of the encoder that the taxonomy was fitted on.
        texts : sequence of str
            As they came: identifiers are hidden here.

        Raises
        ------
        TaxonomyError
            If it was fitted on another encoder.
        """
        vectors = self.reader(vectors)
        if vectors.space != self.head.space:
            raise TaxonomyError(
                f"taxonomy {self.name!r} was fitted on {self.head.space}, the encoder is "
                f"{vectors.space}: train it again"
            )
        if not texts:
            return []
        read = read_texts(vectors, texts)
        rows = np.stack([_whole(item, self.head.centres.shape[1]) for item in read])
        sure = self._sure(rows)
        return [self._said(item, sure, place) for place, item in enumerate(read)]

    def _sure(self, rows: Floats) -> _Sure:
        scored = self.head.score(rows)
        shares = self.head.shares(scored.scores)
        scope = self.scope.probability(scope_clues(scored.scores, scored.near))
        trust = self.trust.probability(trust_clues(shares, scored.scores, scored.near))
        # A text that rather belongs to no intent is the less likely to have this one.
        trust *= np.minimum(scope / _IN_SCOPE, 1.0)
        return _Sure(shares, trust, scope)

    def _said(self, text: TextVectors, sure: _Sure, place: int) -> Prediction:
        share = sure.shares[place]
        trust, scope = float(sure.trust[place]), float(sure.scope[place])
        label = self.head.labels[int(share.argmax())]
        if text.whole is None:
            return Prediction(label, (), 0.0, True, AbstainReason.NO_TEXT, 0.0)
        if scope < _IN_SCOPE:
            return Prediction(label, (), trust, True, AbstainReason.OUT_OF_SCOPE, scope)
        if trust < self.threshold:
            return Prediction(label, (), trust, True, self._doubt(share), scope)
        labels = (label, *self._further(text, share))
        return Prediction(label, labels, trust, False, None, scope)

    def _doubt(self, share: Floats) -> AbstainReason:
        """Tell why no label is sure enough: two are, together, or none is."""
        second, first = np.sort(share)[-2:]
        close = first + second >= self.threshold and second >= first / 2
        return AbstainReason.CLOSE_CALL if close else AbstainReason.LOW_PROBABILITY

    def _further(self, text: TextVectors, share: Floats) -> tuple[str, ...]:
        """Give the labels that hold beside the best one, the most probable first."""
        best = int(share.argmax())
        if self.head.link == "sigmoid":
            order = np.argsort(-share, kind="stable")
            places = [int(place) for place in order if share[place] >= self.threshold]
        elif len(text.spans) > 1:
            places = self._of_sentences(text)
        else:
            return ()
        return tuple(self.head.labels[place] for place in places if place != best)

    def _of_sentences(self, text: TextVectors) -> list[int]:
        """Give the labels of the single sentences of a text that wants several things."""
        sure = self._sure(text.sentences)
        holds = (sure.trust >= self.threshold) & (sure.scope >= _IN_SCOPE)
        best = sure.shares.argmax(axis=1)[holds]
        order = np.argsort(-sure.trust[holds], kind="stable")
        return list(dict.fromkeys(best[order].tolist()))

    def save(self, folder: Path) -> None:
        """Write it: tensors as safetensors, the rest as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _TENSORS).write_bytes(self.head.to_bytes())
        (folder / _ABOUT).write_bytes(self._about_bytes())
        if self.adapter is not None:
            (folder / _ADAPTER).write_bytes(self.adapter.data)

    def _about_bytes(self) -> bytes:
        about = {
            "name": self.name,
            "labels": self.head.labels,
            "link": self.head.link,
            "space": self.head.space,
            "width": self.head.width,
            "scale": self.head.scale,
            "offset": self.head.offset,
            "trust": asdict(self.trust),
            "scope": asdict(self.scope),
            "wrong_costs": self.wrong_costs,
            "left_out": self.left_out,
        }
        return (json.dumps(about, indent=1) + "\n").encode()


def load_taxonomy(folder: Path) -> OwnTaxonomy:
    """Read what :meth:`OwnTaxonomy.save` wrote.

    Raises
    ------
    TaxonomyError
        If there is none, or an earlier release wrote it.
    """
    if not (folder / _ABOUT).exists():
        raise TaxonomyError(
            f"there is no taxonomy in {folder}: fit one with `throughline intents train`"
        )
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    if not (folder / _TENSORS).exists():
        raise TaxonomyError(f"{folder} was written by an earlier release: train it again")
    tensors = read_tensors((folder / _TENSORS).read_bytes())
    head = KernelHead(
        labels=tuple(about["labels"]),
        centres=tensors["centres"],
        weights=tensors["weights"],
        base=tensors["base"],
        width=about["width"],
        scale=about["scale"],
        offset=about["offset"],
        link=about["link"],
        space=about["space"],
        inside=_inside(tensors),
    )
    adapter = folder / _ADAPTER
    return OwnTaxonomy(
        name=about["name"],
        head=head,
        trust=_logistic(about["trust"]),
        scope=_logistic(about["scope"]),
        wrong_costs=about["wrong_costs"],
        left_out=about["left_out"],
        adapter=Adapter(adapter.read_bytes()) if adapter.exists() else None,
    )


def _inside(tensors: dict[str, Floats]) -> NDArray[np.bool_]:
    """Tell which centres have a label: all, as far as earlier releases knew."""
    known = tensors.get("inside")
    return np.ones(len(tensors["centres"]), np.bool_) if known is None else known > 0


def _logistic(about: dict[str, Any]) -> Logistic:
    return Logistic(tuple(about["weights"]), about["bias"])


def read_texts(vectors: Vectors, texts: Sequence[str]) -> list[TextVectors]:
    """Hide, cut and encode texts: the one path for training and serving."""
    return vectors.read([cut_text(text) for text in texts])


def cut_text(text: str) -> Cut:
    """Hide identifiers of a text and cut it into what the encoder reads."""
    return cut_turn(text, redact_text(text).plain)


def _whole(text: TextVectors, dimension: int) -> Floats:
    return np.zeros(dimension, np.float32) if text.whole is None else text.whole
