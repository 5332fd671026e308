"""``throughline train``: fit what ships again, or on other data."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.console import fail, output, problems
from nlp.heads import Head, save_head
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


@app.command()
def train(
    parts: Annotated[
        list[Part] | None, typer.Argument(help="What to train; everything when left out")
    ] = None,
    output_dir: Annotated[
        Path, typer.Option("--output", help="Folder for weights, checkpoints and the card")
    ] = Path("var/train"),
    epochs: Annotated[int, typer.Option(help="Of the encoder", min=1)] = 3,
    scale: Annotated[
        float, typer.Option(help="Share of each of the encoder's epochs, for a try", min=0.001)
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same weights")] = 20261123,
    device: Annotated[str, typer.Option(help="cpu or cuda: of the encoder's training")] = "cpu",
    threads: Annotated[int, typer.Option(help="0 takes all cores", min=0)] = 0,
) -> None:
    """Train the encoder's tuned top and the heads that ship, from the labelled data sets.

    A run that was stopped is taken up where it was: give the same command again. What is
    written is used when it is copied into ``nlp/weights`` (the top into ``trunk/signals``)
    and ``throughline models build`` has run.
    """
    chosen = list(parts or Part)
    try:
        import peft  # noqa: F401

        import eval.datasets  # noqa: F401  (the train extra)
    except ModuleNotFoundError as error:
        fail(f"training needs {error.name}: install the extra with `pip install -e .[train]`")
    from eval.datasets import DataMissingError

    output_dir.mkdir(parents=True, exist_ok=True)
    try:
        if Part.ENCODER in chosen:
            _encoder(output_dir, epochs, scale, seed, device, threads)
        heads = _heads(output_dir, [part.value for part in chosen if part is not Part.ENCODER])
    except DataMissingError as error:
        fail(str(error))
    _card(output_dir, heads)


def _encoder(folder: Path, epochs: int, scale: float, seed: int, device: str, threads: int) -> None:
    import os

    import torch

    from eval.trunk import recipe_of, tasks_of
    from nlp.models import DEFAULT_ENCODER, locate
    from nlp.train.trunk.fit import fit

    torch.set_num_threads(threads or len(os.sched_getaffinity(0)))
    recipe = recipe_of(scale, epochs=epochs, seed=seed, device=device)
    with problems.status("reading the data sets"):
        tasks = tasks_of(scale)
    for task in tasks:
        problems.print(f"{task.name}: {len(task.train.texts)} training texts")
    fit(locate(DEFAULT_ENCODER), tasks, recipe, folder / "trunk", problems.print)
    output.print(f"encoder: {folder / 'trunk' / 'best'}", soft_wrap=True)


def _heads(folder: Path, names: list[str]) -> dict[str, Head]:
    from eval.heads import HEADS
    from eval.prepare import load_vectors

    if not names:
        return {}
    settings = Settings()
    adapter = folder / "trunk" / "best"
    vectors = load_vectors(*([adapter] if adapter.exists() else []))
    problems.print(f"heads are fitted in the space {vectors.signals} ({settings.encoder})")
    fitted: dict[str, Head] = {}
    for name in names:
        head = HEADS[name](vectors)
        save_head(head, folder, name)
        fitted[name] = head
        output.print(f"{name}: {head.version}, {len(head.labels)} labels")
    return fitted


def _card(folder: Path, heads: dict[str, Head]) -> None:
    from eval.card import write_card

    trained = folder / "trunk" / "best" / "adapter.json"
    about = json.loads(trained.read_text()) if trained.exists() else {}
    scores = [{"step": about["step"], **about["scores"]}] if about else []
    path = write_card(folder, heads, about.get("recipe"), scores)
    output.print(f"card: {path}", soft_wrap=True)
