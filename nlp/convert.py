"""Conversion of a transformer encoder to OpenVINO. The one module of `nlp/` that needs torch."""

import json
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openvino
import torch
from openvino.frontend import FrontEndManager
from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder
from transformers import AutoModel, AutoTokenizer, PreTrainedModel
from transformers.utils import logging

from nlp.train.trunk.adapter import merge, shared_layers


class _TokenVectors(torch.nn.Module):
    """The encoder with its last hidden state as its only output."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids and mask -> (B, T, D) token vectors."""
        output = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        return output.last_hidden_state  # type: ignore[no-any-return]


class _Layers(torch.nn.Module):
    """Some layers of a BERT encoder."""

    def __init__(self, layers: Iterable[torch.nn.Module]) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)

    def forward(self, hidden: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(B, T, D) token vectors and (B, T) mask -> (B, T, D) token vectors."""
        # What is masked gets so low a score that its share is nothing.
        unseen = 1.0 - attention_mask[:, None, None, :].to(hidden.dtype)
        mask = unseen * torch.finfo(torch.float32).min
        for layer in self.layers:
            read = layer(hidden, attention_mask=mask)
            hidden = read[0] if isinstance(read, tuple) else read
        return hidden


class _Stem(torch.nn.Module):
    """The embeddings and the first layers of a BERT encoder."""

    def __init__(self, embeddings: torch.nn.Module, layers: Iterable[torch.nn.Module]) -> None:
        super().__init__()
        self.embeddings = embeddings
        self.layers = _Layers(layers)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids and mask -> (B, T, D) token vectors."""
        hidden: torch.Tensor = self.layers(self.embeddings(input_ids=input_ids), attention_mask)
        return hidden


def convert_tops(source: Path, adapter: Path, target: Path) -> tuple[int, int]:
    """Write a BERT encoder as one stem with two tops: its own and a tuned one.

    ``stem.xml`` holds the layers that the adapter leaves alone, ``space.xml`` the rest as they
    are, ``signals.xml`` the rest with the adapter added: a text is read once by the stem and
    then by the tops that somebody asks for.

    Parameters
    ----------
    source : Path
        Folder of the encoder.
    adapter : Path
        Folder with the adapter, see :func:`nlp.train.trunk.adapter.merge`.
    target : Path
        An existing folder.

    Returns
    -------
    tuple of int
        Length of a vector and longest window in tokens.
    """
    model: Any = _load(source)
    with TemporaryDirectory() as folder:
        merge(source, adapter, Path(folder))
        tuned: Any = _load(Path(folder))
    layers, shared = model.encoder.layer, shared_layers(adapter)
    hidden = torch.zeros(2, 8, int(model.config.hidden_size))
    ids, mask = (torch.ones(2, 8, dtype=torch.int64) for _ in range(2))
    stem = _Stem(model.embeddings, layers[:shared])
    _write(stem, {"input_ids": ids, "attention_mask": mask}, target / "stem.xml")
    for name, top in (("space", layers[shared:]), ("signals", tuned.encoder.layer[shared:])):
        given = {"hidden": hidden, "attention_mask": mask}
        _write(_Layers(top), given, target / f"{name}.xml")
    _copy_tokenizer(source, target)
    return int(model.config.hidden_size), _max_tokens(source, model)


def _write(network: torch.nn.Module, example: dict[str, torch.Tensor], path: Path) -> None:
    """Convert a network by tracing it.

    The front end is called by itself, because ``openvino.convert_model`` wraps it in a
    usage report that would be sent over the network.
    """
    with warnings.catch_warnings():
        # Tracing warns of each Python branch; that the result is the same for other
        # lengths and batches is held by tests.
        warnings.simplefilter("ignore")
        # Every object must outlive the conversion: the front end holds bare pointers.
        decoder = TorchScriptPythonDecoder(network, example_input=example)
        frontend = FrontEndManager().load_by_framework("pytorch")
        graph = frontend.load(decoder)
        openvino.save_model(frontend.convert(graph), str(path), compress_to_fp16=False)


def convert(source: Path, target: Path) -> tuple[int, int]:
    """Write ``model.xml``, ``model.bin`` and ``tokenizer.json`` into a folder.

    Parameters
    ----------
    source : Path
        Folder with ``config.json``, ``model.safetensors`` and a tokenizer.
    target : Path
        An existing folder.

    Returns
    -------
    tuple of int
        Length of a vector and longest window in tokens.
    """
    model = _load(source)
    example = {name: torch.ones(2, 8, dtype=torch.int64) for name in _INPUTS}
    _write(_TokenVectors(model), example, target / "model.xml")
    _copy_tokenizer(source, target)
    return int(model.config.hidden_size), _max_tokens(source, model)


_INPUTS = ("input_ids", "attention_mask")


def _load(source: Path) -> PreTrainedModel:
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    # Eager attention traces to plain products, which the CPU plug-in fuses best (measured:
    # 850 texts a second against 750 for the fused form).
    model = AutoModel.from_pretrained(
        source, attn_implementation="eager", local_files_only=True, use_safetensors=True
    )
    return model.eval()  # type: ignore[no-any-return]


def _copy_tokenizer(source: Path, target: Path) -> None:
    if (source / "tokenizer.json").exists():
        shutil.copyfile(source / "tokenizer.json", target / "tokenizer.json")
        return
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    tokenizer.backend_tokenizer.save(str(target / "tokenizer.json"))


def _max_tokens(source: Path, model: PreTrainedModel) -> int:
    limit = min(int(getattr(model.config, "max_position_embeddings", 512)), 512)
    path = source / "sentence_bert_config.json"
    if path.exists():
        limit = min(limit, int(json.loads(path.read_text()).get("max_seq_length") or limit))
    return limit
