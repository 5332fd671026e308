"""How honest the heads that read talks are: ``python -m eval.talks_calibration``.

On our own talks kept for development, which none was fitted or calibrated on. The likeliest
label of a turn counts, said or abstained on; of promises, whether any is made.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from domain.conversation import Role
from eval.acts import turns_of_talks
from eval.metrics import calibration_error
from eval.prepare import load_vectors, read
from eval.promise_heads import LABELS, of_talks
from eval.results import table, write_section
from eval.svg import write_reliability
from eval.turn_heads import SEED, talk_sample
from nlp.context import ContextReader
from nlp.cues.heads import NAMES, PROMISE, URGENCY
from nlp.heads import Floats, load_head
from nlp.shipped import Shipped
from nlp.tagger import WEIGHTS
from nlp.vectors import Vectors

RESULTS = Path("docs/results-calibration.md")
Figures = tuple[str, Floats, Floats]
"""Name, probabilities and truth (0 or 1): of N turns and their labels."""


def of_customers(vectors: Vectors, context: ContextReader) -> Iterator[Figures]:
    """Ask the heads that see a customer's turn in its place."""
    sample = talk_sample(vectors, "dev")
    scores = context.read(sample.turns)
    rows = [
        row for row, one in enumerate(scores) if one.intents is not None and one.mood is not None
    ]
    wants = np.stack([one.intents for one in scores if one.intents is not None])
    moods = np.stack([one.mood for one in scores if one.mood is not None])
    felt = np.stack([one.emotions for one in scores if one.emotions is not None])
    yield "intents", wants, sample.intents()[rows]
    yield "sentiment", moods, np.eye(moods.shape[1], dtype=np.float32)[sample.moods()[rows]]
    yield "emotions", felt, sample.emotions()[rows]
    cues = np.array([list(one.cues.values()) for one in scores], np.float32)
    urgent = list(scores[0].cues).index(URGENCY)
    yield "effort", np.delete(cues, urgent, axis=1), np.delete(sample.cues(), urgent, axis=1)
    yield "urgency", cues[:, [urgent]], sample.cues()[:, [urgent]]


def of_both(vectors: Vectors) -> Iterator[Figures]:
    """Ask the heads of which a turn's surest sentence counts."""
    acts = turns_of_talks(vectors, "dev")
    head = load_head(WEIGHTS, "acts", vectors.spaces)
    yield "acts", acts.probabilities(head), acts.parted.targets
    head = load_head(WEIGHTS, NAMES[Role.AGENT], vectors.spaces)
    said = [cued for _, cued in of_talks("dev")]
    found = read(vectors, [cued.text for cued in said], "promises", head.space)
    kept = [n for n, text in enumerate(found) if len(text.sentences)]
    place = LABELS.index(PROMISE)
    chances = [head.probabilities(found[n].sentences)[:, place].max() for n in kept]
    truth = [float(PROMISE in said[n].holds) for n in kept]
    yield "promises", np.array(chances, np.float32)[:, None], np.array(truth, np.float32)[:, None]


def by_chance(said: NDArray[np.float64], draws: int = 200) -> float:
    """Give the mean error of probabilities that are honest: so few turns never fit a line."""
    rng = np.random.default_rng(SEED)
    return float(
        np.mean([calibration_error(said, rng.random(len(said)) < said) for _ in range(draws)])
    )


def main() -> None:
    """Measure and write the section."""
    vectors = load_vectors()
    context = Shipped.load(WEIGHTS, vectors.spaces).context
    assert context is not None
    lines, links = [], []
    for name, chances, truth in (*of_customers(vectors, context), *of_both(vectors)):
        rows = np.arange(len(chances))
        best = chances.argmax(axis=1)
        said, right = chances[rows, best].astype(np.float64), truth[rows, best] == 1
        figures = (right.mean(), said.mean(), calibration_error(said, right), by_chance(said))
        lines.append([name, str(len(rows)), *(f"{figure:.3f}" for figure in figures)])
        plot = f"reliability-talks-{name}"
        write_reliability(plot, f"{name} in talks", said.tolist(), right.tolist())
        links.append(f"[{name}](plots/{plot}.svg)")
    body = table(["head", "turns", "right", "mean said", "ECE", "by chance"], lines)
    Console().print(body)
    write_section(
        "Heads that read talks",
        "python -m eval.talks_calibration",
        "Our own talks kept for development. The likeliest label of a turn counts, said or "
        "abstained on; of urgency and promises, whether there is any. ECE has 15 bins; by "
        "chance: the ECE that as many honest probabilities have on average.",
        f"{body}\n\nReliability: {', '.join(links)}.",
        RESULTS,
    )


if __name__ == "__main__":
    main()
