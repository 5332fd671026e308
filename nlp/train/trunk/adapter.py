"""Adapters as files: what git carries of a tuned encoder, and the folder it is merged into."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import load, load_file, save

from nlp.heads import Floats

_WEIGHTS = "model.safetensors"
_DOWN, _UP = ".lora_A", ".lora_B"


def save_adapter(folder: Path, matrices: Mapping[str, Floats], about: Mapping[str, object]) -> None:
    """Write ``adapter.safetensors`` in half precision and ``adapter.json``.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    matrices : mapping of str to float32 array
        For each adapted layer ``<layer>.lora_A`` of shape (rank, in) and ``<layer>.lora_B``
        of shape (out, rank); their product is added to the layer's weight.
    about : mapping
        Where it comes from; numbers, strings and lists.
    """
    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: value.astype(np.float16) for name, value in sorted(matrices.items())}
    (folder / "adapter.safetensors").write_bytes(save(halves))
    (folder / "adapter.json").write_text(json.dumps(about, indent=1) + "\n")


def load_adapter(folder: Path) -> dict[str, Floats]:
    """Read what :func:`save_adapter` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no adapter in the folder.
    """
    stored = load((folder / "adapter.safetensors").read_bytes())
    return {name: value.astype(np.float32) for name, value in stored.items()}


def shared_layers(folder: Path) -> int:
    """Give how many layers, from below, an adapter leaves as they are."""
    about = json.loads((folder / "adapter.json").read_text())
    return int(about["recipe"]["shared"])


def merge(base: Path, adapter: Path, target: Path, strength: float = 1.0) -> None:
    """Write a plain Hugging Face folder: the base with an adapter added to its weights.

    Parameters
    ----------
    base : Path
        Folder of the model that the adapter was trained on; read only.
    adapter : Path
        Folder with an adapter.
    target : Path
        Folder to write. ``nlp.models.build`` takes it as an encoder.
    strength : float
        Share of the change that is added, 0 to 1. Points between the two ends often keep more
        of the base for little loss (Wortsman et al. 2022, WiSE-FT).

    Raises
    ------
    KeyError
        If the adapter has a layer that the base has not.
    """
    weights = load_file(base / _WEIGHTS)
    matrices = load_adapter(adapter)
    for name in [name.removesuffix(_DOWN) for name in matrices if name.endswith(_DOWN)]:
        change = strength * matrices[name + _UP] @ matrices[name + _DOWN]
        weights[f"{name}.weight"] = weights[f"{name}.weight"] + change
    shutil.copytree(base, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_WEIGHTS))
    (target / _WEIGHTS).write_bytes(save(weights, metadata={"format": "pt"}))
