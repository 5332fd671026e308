"""Tops for one purpose: the encoder's own upper layers with an adapter added. Needs no torch."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as opset
from safetensors.numpy import load

from nlp.models import ModelError

_WEIGHT = re.compile(r"layers?\.(\d+)\.(.+)\.weight$")
"""Of a layer, in the adapter of a BERT encoder and in the network that was made of it."""
_DOWN, _UP = ".lora_A", ".lora_B"

Change = dict[tuple[int, str], NDArray[np.float32]]
"""What is added to the weights of layers, by number and name."""


@dataclass(frozen=True)
class Adapter:
    """A change of the encoder's upper layers (LoRA, Hu et al. 2021).

    Attributes
    ----------
    data : bytes
        As :func:`nlp.train.trunk.adapter.save_adapter` writes the matrices.
    """

    data: bytes

    @cached_property
    def name(self) -> str:
        """Of its network: the first digits of the hash of its content."""
        return f"own@{hashlib.sha256(self.data).hexdigest()[:8]}"

    def space(self, own: str) -> str:
        """Version of the embedding space that it makes beside an encoder's own one."""
        return f"{own}+{self.name}"

    def change(self) -> Change:
        """Give what is added to each layer's weights."""
        matrices = {name: value.astype(np.float32) for name, value in load(self.data).items()}
        found = {}
        for down in (name for name in matrices if name.endswith(_DOWN)):
            layer = down.removesuffix(_DOWN)
            place = _WEIGHT.search(f"{layer}.weight")
            assert place is not None
            found[int(place[1]), place[2]] = matrices[layer + _UP] @ matrices[down]
        return found


def base_space(space: str) -> str:
    """Give the encoder's own space that an own top's space was made beside, or the space itself."""
    return space.partition("+own@")[0]


def adapted(network: Path, adapter: Adapter) -> openvino.Model:
    """Read a network of an encoder's last layers and add an adapter to its weights.

    Parameters
    ----------
    network : Path
        As ``nlp.convert`` wrote it.
    adapter : Adapter
        Of that encoder.

    Raises
    ------
    ModelError
        If it changes layers that the network has not.
    """
    model = openvino.Core().read_model(str(network))
    places = {
        (int(found[1]), found[2]): node
        for node in model.get_ops()
        if node.get_type_name() == "Constant"
        and (found := _WEIGHT.search(node.get_friendly_name())) is not None
    }
    change = adapter.change()
    # The network may begin some layers up; both end with the encoder's last.
    below = max(layer for layer, _ in change) - max(layer for layer, _ in places)
    for (layer, name), value in change.items():
        node = places.get((layer - below, name))
        if node is None or tuple(node.get_output_shape(0)) != value.shape:
            raise ModelError("an adapter was tuned on another encoder: train its taxonomy again")
        tuned = opset.constant(node.data + value)
        node.output(0).replace(tuned.output(0))
    return model
