"""Conversion of a classifier to OpenVINO; needs torch, to build only."""

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path

import openvino
import torch
from openvino.frontend import FrontEndManager
from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel
from transformers.utils import logging

_LONGEST = 512


@dataclass(frozen=True)
class Converted:
    """What serving must know of a classifier.

    Attributes
    ----------
    labels : tuple of str
        In order of the outputs.
    link : str
        ``softmax``, ``sigmoid``, or ``regression`` where it gives values, not labels.
    max_tokens : int
        Longest window, special tokens included.
    pad : int
        Id of the token that fills up a batch.
    """

    labels: tuple[str, ...]
    link: str
    max_tokens: int
    pad: int


class _Logits(torch.nn.Module):
    """The classifier with its logits as its only output."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids and mask -> (B, L) logits."""
        output = self.model(input_ids=input_ids, attention_mask=attention_mask)
        return output.logits  # type: ignore[no-any-return]


def convert(source: Path, target: Path) -> Converted:
    """Write ``model.xml``, ``model.bin`` and ``tokenizer.json`` into a folder.

    The front end is called by itself, as for the encoder (nlp/convert.py says why).

    Parameters
    ----------
    source : Path
        Folder with ``config.json``, ``model.safetensors`` and a tokenizer.
    target : Path
        An existing folder.
    """
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of each Python branch
        model = AutoModelForSequenceClassification.from_pretrained(
            source, attn_implementation="eager", local_files_only=True, use_safetensors=True
        ).eval()
        pad = int(getattr(model.config, "pad_token_id", None) or 0)
        longest = _max_tokens(model, pad)
        ids = torch.full((2, 8), pad + 3, dtype=torch.int64)
        example = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        # Every object must outlive the conversion: the front end holds bare pointers.
        decoder = TorchScriptPythonDecoder(_Logits(model), example_input=example)
        frontend = FrontEndManager().load_by_framework("pytorch")
        graph = frontend.load(decoder)
        network = frontend.convert(graph)
        openvino.save_model(network, str(target / "model.xml"), compress_to_fp16=False)
    _copy_tokenizer(source, target)
    named = {int(place): str(label) for place, label in model.config.id2label.items()}
    return Converted(tuple(named[place] for place in sorted(named)), _link(model), longest, pad)


def _link(model: PreTrainedModel) -> str:
    kinds = {"multi_label_classification": "sigmoid", "regression": "regression"}
    if model.config.num_labels == 1:
        return "regression"
    return kinds.get(getattr(model.config, "problem_type", None) or "", "softmax")


def _max_tokens(model: PreTrainedModel, pad: int) -> int:
    """Find the longest window by trying: RoBERTa and its kin count positions from the pad on."""
    limit = min(int(getattr(model.config, "max_position_embeddings", _LONGEST)), _LONGEST)
    try:
        with torch.no_grad():
            model(input_ids=torch.full((1, limit), pad + 3, dtype=torch.int64))
    except (IndexError, RuntimeError):
        return limit - pad - 1
    return limit


def _copy_tokenizer(source: Path, target: Path) -> None:
    if (source / "tokenizer.json").exists():
        shutil.copyfile(source / "tokenizer.json", target / "tokenizer.json")
        return
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    tokenizer.backend_tokenizer.save(str(target / "tokenizer.json"))
