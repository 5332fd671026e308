"""Heads: small matrices on text vectors, run with numpy alone."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from nlp.precision import trunk_of, twin_of

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """An affine map: ``weight`` of shape (out, in), ``bias`` of shape (out,)."""

    weight: Floats
    bias: Floats

    @cached_property
    def columns(self) -> NDArray[np.float64]:
        """The weight as it is multiplied by, (in, out)."""
        return np.ascontiguousarray(self.weight.T, dtype=np.float64)


@dataclass(frozen=True)
class Head:
    """A calibrated classifier on unit vectors of one embedding space.

    Attributes
    ----------
    labels : tuple of str
        One for each output.
    layers : tuple of Layer
        Applied in turn, with a rectifier between two. Calibration is folded into the last.
    link : {"sigmoid", "softmax"}
        ``sigmoid``: any number of labels hold; ``softmax``: exactly one does.
    space : str
        Version of the embedding space it was fitted on.
    thresholds : mapping of str to float
        Probability from which a label is held to be true.
    fitted : mapping of str to float
        What its fit knows of itself, for the card: no answer hangs on it, so its version does
        not either.
    """

    labels: tuple[str, ...]
    layers: tuple[Layer, ...]
    link: Literal["sigmoid", "softmax"]
    space: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    fitted: Mapping[str, float] = field(default_factory=dict, compare=False)

    def probabilities(self, vectors: Floats) -> Floats:
        """Give the probability of each label: (N, D) -> (N, n_labels)."""
        scores = self.scores(vectors)
        if self.link == "sigmoid":
            return np.asarray(1.0 / (1.0 + np.exp(-scores)), dtype=np.float32)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)

    def scores(self, vectors: Floats) -> Floats:
        """Give the log-odds (sigmoid) or logits (softmax): (N, D) -> (N, n_labels)."""
        values = np.asarray(vectors, dtype=np.float32)
        for layer in self.layers[:-1]:
            values = np.maximum(_affine(values, layer), 0.0)
        return _affine(values, self.layers[-1])

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Write the head as a safetensors file and the JSON beside it."""
        tensors = {}
        for place, layer in enumerate(self.layers):
            tensors[f"{place}.weight"] = np.ascontiguousarray(layer.weight, dtype=np.float16)
            tensors[f"{place}.bias"] = np.ascontiguousarray(layer.bias, dtype=np.float32)
        about = {
            "labels": list(self.labels),
            "link": self.link,
            "space": self.space,
            "thresholds": {label: round(self.thresholds[label], 4) for label in self.thresholds},
        }
        if self.fitted:
            about["fitted"] = {name: round(value, 4) for name, value in self.fitted.items()}
        return save(tensors), (json.dumps(about, indent=1) + "\n").encode()

    @property
    def version(self) -> str:
        """The first 8 hexadecimal digits of the hash of its content, in any precision."""
        content = replace(self, space=trunk_of(self.space), fitted={}).to_bytes()
        return hashlib.sha256(b"".join(content)).hexdigest()[:8]


def _affine(values: Floats, layer: Layer) -> Floats:
    # In twice the precision and then rounded, so that how a product is split up for a batch
    # does not show: a row's result hangs on no other row.
    return np.asarray(values.astype(np.float64) @ layer.columns + layer.bias, np.float32)


def save_head(head: Head, folder: Path, name: str) -> None:
    """Write ``name.safetensors`` and ``name.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors, about = head.to_bytes()
    (folder / f"{name}.safetensors").write_bytes(tensors)
    (folder / f"{name}.json").write_bytes(about)


def load_head(folder: Path, name: str, spaces: Collection[str] = ()) -> Head:
    """Read what :func:`save_head` wrote.

    Parameters
    ----------
    folder : Path
    name : str
    spaces : collection of str
        Versions of the embedding spaces that it is to read. One that differs from its own by
        the precision alone takes its place: what heads lose by that is measured, and those
        that ship must serve any processor (docs/decisions/0025).

    Raises
    ------
    FileNotFoundError
        If one of the two files is missing.
    """
    tensors = load((folder / f"{name}.safetensors").read_bytes())
    about = json.loads((folder / f"{name}.json").read_text())
    layers = tuple(
        Layer(
            tensors[f"{place}.weight"].astype(np.float32),
            tensors[f"{place}.bias"].astype(np.float32),
        )
        for place in range(len(tensors) // 2)
    )
    space = twin_of(about["space"], spaces)
    return Head(
        tuple(about["labels"]),
        layers,
        about["link"],
        space,
        about["thresholds"],
        about.get("fitted", {}),
    )
