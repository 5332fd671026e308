"""Texts to unit vectors on the CPU, the same alone and in a batch."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from nlp.models import SHIPPED, BuiltModel, find
from nlp.pages import give_back
from nlp.precision import Wanted, plain
from nlp.runs import Run, Window, runs
from nlp.tops import Adapter, adapted
from nlp.windows import Windower, Windows

_OWN_TOPS = 3
"""Own tops that stay loaded (28 MB each), beyond those that are asked for together."""

Compile = Callable[[openvino.Model, str], "Network"]
"""Compiles a network for a precision."""


Vector = NDArray[np.float32]


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

    vector: Vector
    covered: float


class Network:
    """A compiled network, for several threads at a time."""

    def __init__(self, compiled: openvino.CompiledModel) -> None:
        self._compiled = compiled
        self._mine = threading.local()

    def __call__(self, *given: NDArray[Any]) -> Vector:
        """Give the output; it is overwritten by this thread's next call."""
        if not hasattr(self._mine, "request"):
            self._mine.request = self._compiled.create_infer_request()
        read = self._mine.request.infer(list(given), share_inputs=True, share_outputs=True)
        output: Vector = read[0]
        return output


class Encoder:
    """Mean- or cls-pooled sentence vectors (Reimers & Gurevych 2019), by OpenVINO.

    An encoder may have several tops on one stem, each with an embedding space of its own.
    Each core reads runs of its own: two threads in one run wait for each other.
    """

    def __init__(
        self,
        model: BuiltModel,
        stem: Network | None,
        tops: Mapping[str, Network],
        cut: Windower,
        compiled: Compile,
        threads: int,
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
        self._rest = "f32" if model.precision == "f32" else plain()
        self._threads = threads
        # Its threads start with the first texts, so that a fork before them does no harm.
        self._lanes = ThreadPoolExecutor(threads, "encoder")

    @classmethod
    def load(
        cls,
        model_dir: Path,
        encoder: str,
        threads: int = 0,
        adapter: Path = SHIPPED,
        precision: Wanted = "auto",
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
        precision : {"auto", "int8", "bf16", "f32"}
            See :func:`nlp.precision.chosen`.

        Raises
        ------
        ModelError
            If it is not built.
        """
        model = find(model_dir, encoder, adapter, precision)
        cores = threads or len(os.sched_getaffinity(0))
        core = openvino.Core()

        def compiled(network: openvino.Model, precision: str) -> Network:
            options = {
                "PERFORMANCE_HINT": "THROUGHPUT",
                "NUM_STREAMS": cores,
                "INFERENCE_NUM_THREADS": cores,
                "INFERENCE_PRECISION_HINT": precision,
            }
            return Network(core.compile_model(network, "CPU", options))

        # What is not int8 in an int8 network is so little that single precision costs nothing.
        rest = "f32" if model.precision == "int8" else model.precision

        def read(name: str) -> Network:
            return compiled(core.read_model(str(model.network(name))), rest)

        stem = read("stem") if model.adapter else None
        tops = {name: read(name) for name in model.tops.values()}
        cut = Windower.load(model.folder / "tokenizer.json", model.max_tokens)
        made = cls(model, stem, tops, cut, compiled, cores)
        # OpenVINO sets parts of itself up at the first call; two threads that do it at once wait
        # for each other for ever. So the first call is made here, by one.
        made.encode_in([*model.tops], ["ready"])
        give_back(model.folder)
        return made

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
                self._networks[adapter.name] = self._compiled(network, self._rest)
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

    def _run(self, names: Sequence[str], windows: Sequence[Window]) -> dict[str, Vector]:
        """For each top, give the (N, D) means over the tokens of windows."""
        size = (len(windows), self.model.dimension)
        means = {name: np.empty(size, dtype=np.float32) for name in names}

        def read(run: Run) -> None:
            hidden = run.ids if self._stem is None else self._stem(run.ids, run.mask)
            for name, rows in means.items():
                rows[run.places] = self._reduce(self._networks[name](hidden, run.mask), run.mask)

        laid = list(runs(windows, self._threads, self.model.max_tokens))
        if len(laid) == 1:  # no other thread has to wake up for it
            read(laid[0])
        else:
            for _ in self._lanes.map(read, laid):
                pass
        return means

    def _reduce(self, hidden: Vector, mask: NDArray[np.int64]) -> Vector:
        """(B, T, D) token vectors -> (B, D)."""
        if self.model.pooling == "cls":
            return hidden[:, 0]
        shares = (mask / mask.sum(axis=1, keepdims=True)).astype(np.float32)
        means: Vector = np.einsum("bt,btd->bd", shares, hidden)
        return means


def _texts(cuts: Sequence[Windows], tops: Sequence[Vector]) -> list[Encoded]:
    encoded, start = [], 0
    for cut in cuts:
        end = start + len(cut.ids)
        sides = [_pool(cut, means[start:end]) for means in tops]
        vector = np.concatenate(sides) / np.sqrt(np.float32(len(sides)))
        encoded.append(Encoded(vector, cut.covered))
        start = end
    return encoded


def _pool(cut: Windows, means: Vector) -> Vector:
    """Weigh the windows of one text by their length and give a unit vector."""
    weights = np.array([len(ids) for ids in cut.ids], dtype=np.float32)
    vector = weights @ means
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
