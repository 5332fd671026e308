"""Texts to unit vectors on the CPU, the same alone and in a batch."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino
from numpy.typing import NDArray

from nlp.models import SHIPPED, BuiltModel, find
from nlp.tops import Adapter, adapted
from nlp.windows import Windower, Windows

BATCH = 32
"""Windows in one run of the network; larger ones gained nothing here."""
TOKENS = 1_024
"""Tokens in one run, padding included: what a run holds in memory grows with them (32 windows
of 256 tokens took 1.6 GB, 1,024 tokens take 0.2), its speed does not."""
_OWN_TOPS = 3
"""Own tops that stay loaded (28 MB each), beyond those that are asked for together."""
_STEP = 8
"""Batches are padded to a multiple of this, so that few shapes are ever compiled."""


Compile = Callable[[openvino.Model], openvino.CompiledModel]


@dataclass(frozen=True)
class Encoded:
    """One text as a vector.

    Attributes
    ----------
    vector : float32 array of shape (D,), or (2 D,) of an own top
        Of length 1.
    covered : float
        Share of the text that was read, 0 to 1.
    """

    vector: NDArray[np.float32]
    covered: float


class Encoder:
    """Mean- or cls-pooled sentence vectors (Reimers & Gurevych 2019), by OpenVINO.

    The precision is the fastest of the processor: bfloat16 where it has it, in which no
    value depends on its neighbours in the batch. An encoder may have several tops on one
    stem, each with an embedding space of its own.
    """

    def __init__(
        self,
        model: BuiltModel,
        stem: openvino.CompiledModel | None,
        tops: Mapping[str, openvino.CompiledModel],
        cut: Windower,
        compiled: Compile,
    ) -> None:
        self.model = model
        self._stem = stem
        self._networks = dict(tops)
        self._tops: dict[str, tuple[str, ...]] = {
            space: (name,) for space, name in model.tops.items()
        }
        self._own: list[Adapter] = []
        self._cut = cut
        self._compiled = compiled

    @classmethod
    def load(
        cls,
        model_dir: Path,
        encoder: str,
        threads: int = 0,
        adapter: Path = SHIPPED,
        precision: str | None = None,
    ) -> "Encoder":
        """Load a built encoder.

        Parameters
        ----------
        model_dir : Path
            Where ``nlp.models.build`` put it.
        encoder : str
            Hugging Face id or path.
        threads : int
            0 takes all cores of this process.
        adapter : Path
            As it was built with.
        precision : str, optional
            ``f32`` or ``bf16``; the fastest of the processor by default.

        Raises
        ------
        ModelError
            If it is not built.
        """
        model = find(model_dir, encoder, adapter)
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads or len(os.sched_getaffinity(0)),
        }
        if precision is not None:
            options["INFERENCE_PRECISION_HINT"] = precision
        core = openvino.Core()

        def compiled(network: openvino.Model) -> openvino.CompiledModel:
            return core.compile_model(network, "CPU", options)

        def read(name: str) -> openvino.CompiledModel:
            return compiled(core.read_model(str(model.folder / f"{name}.xml")))

        stem = read("stem") if model.adapter else None
        tops = {name: read(name) for name in model.tops.values()}
        cut = Windower.load(model.folder / "tokenizer.json", model.max_tokens)
        return cls(model, stem, tops, cut, compiled)

    def tune(self, adapters: Sequence[Adapter]) -> None:
        """Have the own tops of adapters at hand; the oldest of those asked for before go.

        Each gives a space of vectors twice as long: the encoder's own vector and that of the
        own top, side by side. Not for two threads at a time.

        Parameters
        ----------
        adapters : sequence of Adapter
            Of this encoder; those that are at hand already cost nothing.

        Raises
        ------
        ModelError
            If one was tuned on another encoder.
        """
        own = self.model.tops[self.model.space]
        for adapter in adapters:
            if adapter.name not in self._networks:
                network = adapted(self.model.folder / f"{own}.xml", adapter)
                self._networks[adapter.name] = self._compiled(network)
                self._tops[adapter.space(self.model.space)] = (own, adapter.name)
        rest = [one for one in self._own if one not in adapters]
        for old in rest[: max(len(rest) - _OWN_TOPS, 0)]:
            del self._networks[old.name], self._tops[old.space(self.model.space)]
        self._own = [*rest[-_OWN_TOPS:], *dict.fromkeys(adapters)]

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode texts in the encoder's own space; see :meth:`encode_in`."""
        return self.encode_in([self.model.space], texts)[self.model.space]

    def encode_in(self, spaces: Sequence[str], texts: Sequence[str]) -> dict[str, list[Encoded]]:
        """Encode texts in some of the embedding spaces; the stem reads each text once.

        Parameters
        ----------
        spaces : sequence of str
            Of ``model.tops``, or of an adapter's own top.
        texts : sequence of str
            Of any length; long ones are read in windows and pooled by their length.

        Returns
        -------
        dict of str to list of Encoded
            For each space, in the order of the texts.
        """
        cuts = self._cut(texts)
        names = dict.fromkeys(name for space in spaces for name in self._tops[space])
        means = self._run(list(names), [ids for cut in cuts for ids in cut.ids])
        return {
            space: _texts(cuts, [means[name] for name in self._tops[space]]) for space in spaces
        }

    def _run(
        self, names: Sequence[str], windows: Sequence[NDArray[np.int64]]
    ) -> dict[str, NDArray[np.float32]]:
        """For each top, give the (N, D) means over the tokens of windows, read by like length."""
        size = (len(windows), self.model.dimension)
        means = {name: np.empty(size, dtype=np.float32) for name in names}
        for places in _batches([len(window) for window in windows]):
            ids, mask = _padded([windows[place] for place in places])
            read = ids if self._stem is None else self._stem([ids, mask])[0]
            for name, rows in means.items():
                rows[places] = self._reduce(self._networks[name]([read, mask])[0], mask)
        return means

    def _reduce(self, hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """(B, T, D) token vectors -> (B, D)."""
        if self.model.pooling == "cls":
            return hidden[:, 0]
        lengths = mask.sum(axis=1)
        return np.stack([row[:n].mean(axis=0) for row, n in zip(hidden, lengths, strict=True)])


def _texts(cuts: Sequence[Windows], tops: Sequence[NDArray[np.float32]]) -> list[Encoded]:
    encoded, start = [], 0
    for cut in cuts:
        end = start + len(cut.ids)
        sides = [_pool(cut, means[start:end]) for means in tops]
        vector = np.concatenate(sides) / np.sqrt(np.float32(len(sides)))
        encoded.append(Encoded(vector, cut.covered))
        start = end
    return encoded


def _width(length: int) -> int:
    return -(-length // _STEP) * _STEP


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Give the places of windows, those of like length together, as many as one run takes."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if len(batch) == BATCH or (len(batch) + 1) * _width(lengths[place]) > TOKENS:
            if batch:
                yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _padded(
    windows: Sequence[NDArray[np.int64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    width = _width(max(len(ids) for ids in windows))
    ids = np.zeros((len(windows), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return ids, mask


def _pool(cut: Windows, means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weigh the windows of one text by their length and give a unit vector."""
    weights = np.array([len(ids) for ids in cut.ids], dtype=np.float32)
    vector = weights @ means
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
