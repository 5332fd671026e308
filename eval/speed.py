"""Texts a second: the tagger, three plain pipelines, a plain encoder: ``python -m eval.speed``.

The plain way is what a user writes first: one ``transformers`` pipeline each for intent,
sentiment and embedding, called text by text. All run on the same weights and texts, one
after the other in this run, with the same number of threads.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import track
from sentence_transformers import SentenceTransformer
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    pipeline,
)

from domain.conversation import Channel, Conversation, Role, Turn
from eval.datasets import rows
from eval.results import table, write_section
from nlp.models import DEFAULT_ENCODER, build, locate
from nlp.tagger import Tagger, TaggerConfig
from settings import Settings

console = Console()
Run = Callable[[Sequence[str]], None]


def conversations(texts: Sequence[str]) -> list[Conversation]:
    """Make one conversation of each text."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return [
        Conversation(
            source="speed",
            source_id=str(place),
            channel=Channel.SOCIAL,
            started_at=at,
            turns=(Turn(role=Role.CUSTOMER, text=text),),
        )
        for place, text in enumerate(texts)
    ]


def plain_pipelines(folder: Path) -> Run:
    """Three pipelines on the same encoder, called text by text."""
    source = locate(DEFAULT_ENCODER)
    tokenizer = AutoTokenizer.from_pretrained(source)
    classifiers = []
    for count in (34, 3):
        config = AutoConfig.from_pretrained(source, num_labels=count)
        model = AutoModelForSequenceClassification.from_pretrained(source, config=config)
        target = folder / str(count)
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)
        classifiers.append(pipeline("text-classification", model=str(target), device="cpu"))
    embedder = pipeline("feature-extraction", model=str(source), device="cpu")

    def run(texts: Sequence[str]) -> None:
        for text in texts:
            for classifier in classifiers:
                classifier(text, truncation=True)
            embedder(text, truncation=True)

    return run


def best_rates(ways: Mapping[str, Run], texts: Sequence[str], rounds: int) -> dict[str, float]:
    """Give texts a second of each way: its best of some rounds.

    The ways take turns, so that whatever else the machine does meets all of them alike.
    """
    for run in ways.values():
        run(texts[:64])
    seconds = dict.fromkeys(ways, float("inf"))
    for name in track([*ways] * rounds, "measuring", console=console):
        began = time.perf_counter()
        ways[name](texts)
        seconds[name] = min(seconds[name], time.perf_counter() - began)
    return {name: len(texts) / best for name, best in seconds.items()}


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1_024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/results.md")
    chosen = parser.parse_args()
    settings = Settings()
    threads = settings.threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    build(settings.model_dir)
    texts = [row["text"] for row in rows("sentiment/airline_a")][: chosen.texts]
    tagger = Tagger.load(
        TaggerConfig(
            settings.model_dir,
            DEFAULT_ENCODER,
            settings.languages,
            threads,
            precision=settings.precision,
        )
    )
    encoder = SentenceTransformer(str(locate(DEFAULT_ENCODER)), device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Run] = {
            "Throughline: all tags, in a batch": lambda t: _tag(tagger, t),
            "Throughline: all tags, one by one": lambda t: _tag_each(tagger, t),
            "three pipelines, text by text": plain_pipelines(Path(folder)),
            "SentenceTransformer.encode": lambda t: _encode(encoder, t),
        }
        rates = best_rates(ways, texts, chosen.rounds)
    slow = rates["three pipelines, text by text"]
    lines = [[name, f"{value:.0f}", f"{value / slow:.1f}"] for name, value in rates.items()]
    console.print(lines)
    if chosen.write:
        write_section(
            "Speed of tagging",
            "python -m eval.speed --write",
            f"{len(texts)} texts of airline_a, {threads} threads, best of {chosen.rounds} rounds "
            "in one run, the ways taking turns. Tagging gives redaction, language, intents, acts, "
            "sentiment, entities, summary and the vector; the pipelines give one intent, one "
            "sentiment and a vector.",
            table(["way", "texts a second", "times the pipelines"], lines),
        )


def _tag(tagger: Tagger, texts: Sequence[str]) -> None:
    tagger.tag(conversations(texts), needs=False)


def _tag_each(tagger: Tagger, texts: Sequence[str]) -> None:
    for conversation in conversations(texts):
        tagger.tag([conversation], needs=False)


def _encode(encoder: SentenceTransformer, texts: Sequence[str]) -> None:
    encoder.encode(list(texts), show_progress_bar=False)


if __name__ == "__main__":
    main()
