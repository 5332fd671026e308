"""A classifier in the place of a head: texts to probabilities of our labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.head_config import HeadConfig
from nlp.evidence.scorers import Asked
from nlp.external.build import find, labels_of, version_of
from nlp.external.classifier import Classifier, Logits
from nlp.external.labels import Labels

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """What a head says of texts.

    Attributes
    ----------
    shares : float64 array of shape (N, n_labels)
        Probability of each of our labels.
    covered : float64 array of shape (N,)
        Share of each text that was read, 0 to 1.
    """

    shares: Shares
    covered: NDArray[np.float64]


class ExternalHead:
    """A classifier with its labels mapped to ours.

    Parameters
    ----------
    classifier : Classifier
        What reads.
    config : HeadConfig
        Temperature, threshold and link.
    labels : Labels
        What its outputs are here.
    """

    def __init__(self, classifier: Classifier, config: HeadConfig, labels: Labels) -> None:
        self._classifier = classifier
        self._config = config
        self._labels = labels
        self._link = config.link or classifier.built.link
        self.version = version_of(config, classifier.built)

    @classmethod
    def load(
        cls, model_dir: Path, name: str, config: HeadConfig, threads: int = 0
    ) -> "ExternalHead":
        """Load a built classifier.

        Raises
        ------
        ModelError
            If it is not built, or its labels do not fit.
        """
        built = find(model_dir, name, config)
        labels = labels_of(name, config, built)
        return cls(Classifier.load(built, threads), config, labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """Ours, one for each column of the shares."""
        return self._labels.names

    @property
    def threshold(self) -> float:
        """Probability from which a label holds."""
        return self._config.threshold

    def read(self, texts: Sequence[str]) -> Answers:
        """Give the probability of each label; equal texts are read once."""
        unique = list(dict.fromkeys(texts))
        places = {text: place for place, text in enumerate(unique)}
        found = self._classifier.classify(unique)
        rows = [places[text] for text in texts]
        return Answers(self._shares(found.logits)[rows], found.covered[rows])

    def _shares(self, logits: Logits) -> Shares:
        """Turn the model's logits into shares of our labels."""
        scaled = logits / self._config.temperature
        columns = [self._labels.owners == place for place in range(len(self.labels))]
        if self._link == "sigmoid":
            single = 1.0 / (1.0 + np.exp(-scaled))
            return np.stack([single[:, column].max(axis=1) for column in columns], axis=1)
        raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        shares = raised / raised.sum(axis=1, keepdims=True)
        return np.stack([shares[:, column].sum(axis=1) for column in columns], axis=1)


class ExternalScorer:
    """Reads texts again to find the words behind a head's labels.

    Parameters
    ----------
    model : str
        Name of the head as it stands on signals.
    head : ExternalHead
        What reads.
    """

    def __init__(self, model: str, head: ExternalHead) -> None:
        self._model = model
        self._head = head

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """Labels by the name of the model."""
        return {self._model: self._head.labels}

    def read(self, asked: Sequence[Asked]) -> Mapping[str, Shares]:
        """Give the log-odds of every label, no further out than 27; wherever a text stands."""
        texts = [one.text for one in asked]
        shares = np.clip(self._head.read(texts).shares, 1e-12, 1 - 1e-12)
        return {self._model: np.log(shares) - np.log1p(-shares)}
