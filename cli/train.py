"""``throughline train``: fit what ships again, or on other data."""

import os
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.console import fail, output, problems
from nlp.models import DEFAULT_ENCODER, locate
from nlp.parts import TOP, top
from settings import Settings

app = typer.Typer(add_completion=False)


class Part(StrEnum):
    """What can be trained."""

    ENCODER = "encoder"
    GENERAL = "general"
    SENTIMENT = "sentiment"
    EMOTION = "emotion"
    ACTS = "acts"
    CUES_CUSTOMER = "cues_customer"
    CUES_AGENT = "cues_agent"
    ENDING_CUSTOMER = "ending_customer"
    ENDING_AGENT = "ending_agent"
    TURN_NEAR = "turn_near"
    TURN_INTENTS = "turn_intents"
    TURN_MOOD = "turn_mood"
    TURN_EMOTIONS = "turn_emotions"
    TURN_CUES = "turn_cues"
    RESOLUTION = "resolution"
    SATISFACTION = "satisfaction"


class Device(StrEnum):
    """What the encoder is trained on."""

    CPU = "cpu"
    CUDA = "cuda"


@app.command()
def train(
    parts: Annotated[
        list[Part] | None, typer.Argument(help="What to train; everything when left out")
    ] = None,
    output_dir: Annotated[
        Path, typer.Option("--output", help="Folder for weights, checkpoints and the card")
    ] = Path("var/train"),
    epochs: Annotated[int, typer.Option(help="Of the encoder alone", min=1)] = 3,
    scale: Annotated[
        float,
        typer.Option(help="Share of each epoch, for a try; of the encoder alone", min=0.001),
    ] = 1.0,
    seed: Annotated[
        int,
        typer.Option(
            help="Of the encoder alone: the same one gives the same weights. Heads have seeds of "
            "their own, which stay"
        ),
    ] = 20261123,
    device: Annotated[Device, typer.Option(help="Of the encoder alone")] = Device.CPU,
    threads: Annotated[int, typer.Option(help="0 takes all cores", min=0)] = 0,
) -> None:
    """Train the encoder's tuned top and what ships on it, from the labelled data sets.

    A run that was stopped is taken up where it was: give the same command again. Parts that rest
    on others take those of the output folder, else those that ship. To use what is written, set
    THROUGHLINE_WEIGHTS to the folder and run `throughline models build` (docs/training.md).
    """
    try:
        import peft  # noqa: F401

        import eval.datasets  # noqa: F401  (the train extra)
    except ModuleNotFoundError as error:
        fail(f"training needs {error.name}: install the extra with `pip install -e .[train]`")
    from eval.card import write_card
    from eval.datasets import DataMissingError
    from eval.heads import UnlikeSpacesError
    from nlp.train.trunk.fit import OtherRecipeError

    chosen = _chosen(parts or [], Settings().encoder)
    output_dir.mkdir(parents=True, exist_ok=True)
    try:
        if Part.ENCODER in chosen:
            _encoder(output_dir, epochs, scale, seed, device, threads)
        _heads(output_dir, [part.value for part in chosen if part is not Part.ENCODER])
    except (DataMissingError, UnlikeSpacesError, OtherRecipeError) as error:
        fail(str(error))
    output.print(f"card: {write_card(output_dir)}", soft_wrap=True)


def _chosen(parts: list[Part], encoder: str) -> list[Part]:
    """Give the parts in the order in which they rest on each other."""
    if encoder == DEFAULT_ENCODER:
        return [part for part in Part if part in (parts or Part)]
    if Part.ENCODER in parts:
        fail(
            f"the tuned top is one of {DEFAULT_ENCODER}, and THROUGHLINE_ENCODER is {encoder}: "
            "unset it, or name the heads alone, which are fitted on any encoder"
        )
    return [part for part in Part if part in (parts or Part) and part is not Part.ENCODER]


def _encoder(
    folder: Path, epochs: int, scale: float, seed: int, device: Device, threads: int
) -> None:
    import torch

    from eval.trunk import recipe_of, tasks_of
    from nlp.train.trunk.fit import fit

    if device is Device.CUDA and not torch.cuda.is_available():
        fail(
            "torch finds no CUDA device here: leave --device out to train on the processor, or "
            "install the build of torch for your device"
        )
    torch.set_num_threads(threads or len(os.sched_getaffinity(0)))
    recipe = recipe_of(scale, epochs=epochs, seed=seed, device=device.value)
    with problems.status("reading the data sets"):
        tasks = tasks_of(scale)
    for task in tasks:
        problems.print(f"{task.name}: {len(task.train.texts)} training texts")
    fit(locate(DEFAULT_ENCODER), tasks, recipe, folder / "trunk", problems.print)
    # Not before its end: heads are fitted on a top that stays.
    shutil.copytree(folder / "trunk" / "best", folder / TOP, dirs_exist_ok=True)
    output.print(f"encoder: {folder / TOP}", soft_wrap=True)


def _heads(folder: Path, names: list[str]) -> None:
    from eval.heads import fit
    from eval.prepare import load_vectors

    if not names:
        return
    vectors = load_vectors(top(folder))
    problems.print(f"heads are fitted in the space {vectors.signals} ({Settings().encoder})")
    for name in names:
        model = fit(name, vectors, folder)
        output.print(f"{name}: {model.version}")
