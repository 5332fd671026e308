"""A hundred thousand short texts: ``python -m eval.themes_scale [throughline|bertopic]``.

Each runs in a process of its own, after the other; seconds and the peak of its memory are told.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console

from domain.theme import AssignmentState as State
from themes.space import Floats

console = Console(width=140, highlight=False)
COUNT = 100_000
_FOLDER = Path("var/themes")
_PEERS = ("throughline", "bertopic")


def many(count: int) -> tuple[list[str], Floats]:
    """Give distinct short texts, each from two real ones, and vectors between theirs.

    A hundred thousand texts of one kind are not at hand. Joining a text with the first words
    of another of its label keeps the themes; the vector is the mean with a little noise. They
    are made by a process of their own, so that it does not count who reads them.
    """
    texts, vectors = _files(count)
    if not vectors.exists():
        command = [sys.executable, "-c", f"from {__spec__.name} import make; make({count})"]
        subprocess.run(command, check=True)  # noqa: S603
    return texts.read_text(encoding="utf-8").splitlines(), np.load(vectors)


def _files(count: int) -> tuple[Path, Path]:
    return _FOLDER / f"many-{count}.txt", _FOLDER / f"many-{count}.npy"


def make(count: int) -> None:
    """Make the texts and vectors, and keep them."""
    from eval.themes_sets import load  # brings the encoder, which nothing else here needs

    random = np.random.default_rng(20261123)
    sources = [load("clinc150/train"), load("banking77/train")]
    texts = np.concatenate([source.texts for source in sources])
    labels = np.concatenate([source.labels for source in sources])
    vectors = np.concatenate([source.vectors for source in sources])
    order = np.argsort(labels, kind="stable")
    first = random.integers(0, len(order), count)
    second = np.clip(first + random.integers(-20, 21, count), 0, len(order) - 1)
    first, second = order[first], order[second]
    joint = [
        f"{texts[a]} {' '.join(texts[b].split()[: 3 + row % 4])} {row % 97}"
        for row, (a, b) in enumerate(zip(first, second, strict=True))
    ]
    mixed = 0.7 * vectors[first] + 0.3 * vectors[second]
    mixed += random.normal(0, 0.01, mixed.shape).astype(np.float32)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    told, kept = _files(count)
    told.write_text("\n".join(" ".join(text.split()) for text in joint), encoding="utf-8")
    np.save(kept, mixed.astype(np.float32))


def _throughline(texts: list[str], vectors: Floats) -> Iterator[str]:
    from themes.discover import discover

    model = discover(texts, vectors, "eval")
    yield f"fitted, {len(model.themes)} themes"
    states = model.assigner.assign(vectors).states
    shares = ", ".join(
        f"{state} {100 * states.count(state) / len(states):.1f} %" for state in State
    )
    yield f"assigned: {shares}"


def _bertopic(texts: list[str], vectors: Floats) -> Iterator[str]:
    from bertopic import BERTopic
    from umap import UMAP

    reduction = UMAP(  # BERTopic's defaults, and a seed
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0
    )
    topics = BERTopic(umap_model=reduction)
    given, _ = topics.fit_transform(texts, vectors)
    none = 100 * given.count(-1) / len(given)
    yield f"fitted and assigned, {len(set(given)) - 1} themes, none {none:.1f} %"


def _measure(who: str, count: int) -> None:
    texts, vectors = many(count)
    console.print(f"{who}: {count:,} texts read, {_peak()}")
    start, busy = time.perf_counter(), time.process_time()
    for told in (_throughline if who == "throughline" else _bertopic)(texts, vectors):
        console.print(
            f"{who}: {told}; {time.perf_counter() - start:.0f} s since the data were read, "
            f"{time.process_time() - busy:.0f} s of the processor, {_peak()}"
        )


def _peak() -> str:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"peak memory so far {used / 1e6:.2f} GB"


def main() -> None:
    """Measure one of them here, or both in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("who", nargs="?", choices=_PEERS)
    parser.add_argument("--texts", type=int, default=COUNT)
    chosen = parser.parse_args()
    if chosen.who is not None:
        _measure(chosen.who, chosen.texts)
        return
    for who in _PEERS:
        command = [sys.executable, "-m", "eval.themes_scale", who, "--texts", str(chosen.texts)]
        subprocess.run(command, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
