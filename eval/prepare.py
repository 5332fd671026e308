"""Texts to vectors for training and measuring, by the path that serves."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.progress import Progress

from eval.vectorcache import FileCache
from nlp.cut import cut_turn
from nlp.encoder import Encoder
from nlp.heads import Floats
from nlp.models import SHIPPED, build
from nlp.redact.redact import redact_text
from nlp.vectors import TextVectors, Vectors
from settings import Settings

_CHUNK = 1024


def load_vectors(adapter: Path = SHIPPED) -> Vectors:
    """Load the configured encoder with the experiment cache in ``var/``.

    Parameters
    ----------
    adapter : Path
        Of the tuned top; the shipped one by default.
    """
    settings = Settings()
    build(settings.model_dir, settings.encoder, adapter=adapter)
    encoder = Encoder.load(
        settings.model_dir, settings.encoder, settings.threads, adapter, settings.precision
    )
    return Vectors(encoder, FileCache(Path("var/eval/vectors.sqlite")))


def read(
    vectors: Vectors, texts: Sequence[str], title: str, space: str | None = None
) -> list[TextVectors]:
    """Redact, cut and encode texts, with a progress bar; in the encoder's own space by default."""
    wanted = space or vectors.space
    result: list[TextVectors] = []
    with Progress(transient=True) as progress:
        task = progress.add_task(title, total=len(texts))
        for first in range(0, len(texts), _CHUNK):
            part = texts[first : first + _CHUNK]
            cuts = [cut_turn(text, redact_text(text).plain) for text in part]
            result += vectors.read_in([wanted], cuts)[wanted]
            progress.advance(task, len(part))
    return result


def wholes(vectors: Vectors, texts: Sequence[str], title: str, space: str | None = None) -> Floats:
    """Give the (N, D) vectors of whole texts; zeros for a text without a word."""
    zero = np.zeros(vectors.dimension, np.float32)
    read_texts = read(vectors, texts, title, space)
    return np.stack([zero if item.whole is None else item.whole for item in read_texts])
