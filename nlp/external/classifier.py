"""Texts to the logits of a classifier on the CPU, the same alone and in a batch."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
import openvino
from numpy.typing import NDArray

from nlp.external.build import BuiltHead
from nlp.windows import Windower

BATCH = 32
_STEP = 8
"""Batches are padded to a multiple of this, so that few shapes are ever compiled."""

Logits = NDArray[np.float64]


@dataclass(frozen=True)
class Classified:
    """Texts as a classifier reads them.

    Attributes
    ----------
    logits : float64 array of shape (N, n_outputs)
        Of a long text the mean of its windows, each by its length.
    covered : float64 array of shape (N,)
        Share of each text that was read, 0 to 1.
    """

    logits: Logits
    covered: NDArray[np.float64]


class Classifier:
    """A sequence classifier, by OpenVINO in the precision of the processor."""

    def __init__(self, built: BuiltHead, network: openvino.CompiledModel, cut: Windower) -> None:
        self.built = built
        self._network = network
        self._cut = cut
        self._one = Lock()

    @classmethod
    def load(cls, built: BuiltHead, threads: int = 0) -> "Classifier":
        """Load a built classifier; ``threads`` 0 takes all cores of this process."""
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads or len(os.sched_getaffinity(0)),
        }
        network = openvino.Core().compile_model(str(built.folder / "model.xml"), "CPU", options)
        cut = Windower.load(built.folder / "tokenizer.json", built.max_tokens)
        return cls(built, network, cut)

    def classify(self, texts: Sequence[str]) -> Classified:
        """Read texts of any length; long ones in windows."""
        cuts = self._cut(texts)
        logits = self._run([ids for cut in cuts for ids in cut.ids])
        rows = np.empty((len(texts), len(self.built.labels)))
        start = 0
        for place, cut in enumerate(cuts):
            end = start + len(cut.ids)
            weights = np.array([len(ids) for ids in cut.ids], np.float64)
            rows[place] = weights @ logits[start:end] / weights.sum()
            start = end
        return Classified(rows, np.array([cut.covered for cut in cuts]))

    def _run(self, windows: Sequence[NDArray[np.int64]]) -> Logits:
        """Give the (N, n_outputs) logits of windows, run in batches of like length."""
        logits = np.empty((len(windows), len(self.built.labels)))
        order = sorted(range(len(windows)), key=lambda place: len(windows[place]))
        for first in range(0, len(order), BATCH):
            places = order[first : first + BATCH]
            padded = list(self._padded([windows[p] for p in places]))
            # A compiled network has one request for all threads, and its output is overwritten.
            with self._one:
                logits[places] = self._network(padded)[0]
        return logits

    def _padded(
        self, windows: Sequence[NDArray[np.int64]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        longest = max(len(ids) for ids in windows)
        width = min(-(-longest // _STEP) * _STEP, self.built.max_tokens)
        ids = np.full((len(windows), width), self.built.pad, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        return ids, mask
