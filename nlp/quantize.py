"""Networks in static int8, calibrated on own texts. Needed to build, never to serve."""

import contextlib
import io
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nncf
import numpy as np
import openvino
import yaml

from nlp.cut import cut_turn
from nlp.runs import Run, runs
from nlp.taxonomy import FOLDER
from nlp.windows import Windower

_TEXTS = 400
_OWN = ("general_examples.yaml", "voice_examples.yaml")


def calibration_texts() -> list[str]:
    """Give own example sentences, spread over all labels and always the same."""
    files = [yaml.safe_load((FOLDER / name).read_text(encoding="utf-8")) for name in _OWN]
    texts = [text for file in files for texts in file["examples"].values() for text in texts]
    step = len(texts) // _TEXTS
    return [sentence for text in texts[::step] for sentence in cut_turn(text).texts]


def quantize(folder: Path, target: Path, tops: Sequence[str], max_tokens: int) -> None:
    """Write the networks of an encoder with tops in static int8.

    Scales are fixed by what own texts bring about, once, so that no value depends on the
    texts that share a run (Jacob et al. 2018); weights have a scale for each channel, and
    large activations are moved into them (SmoothQuant, Xiao et al. 2023).

    Parameters
    ----------
    folder : Path
        With ``stem.xml``, the tops and ``tokenizer.json``.
    target : Path
        Folder for networks of the same names; made here.
    tops : sequence of str
        Names of the tops' networks.
    max_tokens : int
        Longest window, special tokens included.
    """
    target.mkdir()
    cut = Windower.load(folder / "tokenizer.json", max_tokens)
    windows = [ids for text in cut(calibration_texts()) for ids in text.ids]
    laid = list(runs(windows, longest=max_tokens))
    _write(folder / "stem.xml", target / "stem.xml", [[run.ids, run.mask] for run in laid])
    # The tops are calibrated on what they will be given.
    hidden = list(_read(target / "stem.xml", laid))
    for name in tops:
        _write(folder / f"{name}.xml", target / f"{name}.xml", hidden)


def _read(stem: Path, laid: Sequence[Run]) -> Iterator[list[Any]]:
    network = openvino.Core().compile_model(str(stem), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    for run in laid:
        yield [np.array(network([run.ids, run.mask])[0]), run.mask]


def _write(source: Path, target: Path, inputs: Sequence[list[Any]]) -> None:
    nncf.set_log_level(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):  # its progress bars
        quantized = nncf.quantize(
            openvino.Core().read_model(str(source)),
            nncf.Dataset(inputs),
            model_type=nncf.ModelType.TRANSFORMER,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(inputs),
        )
    openvino.save_model(quantized, str(target), compress_to_fp16=False)
