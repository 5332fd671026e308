"""The card that is written beside what was trained: what, on what, how, how well."""

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import yaml

from eval.results import table
from nlp.about import CARDS
from nlp.heads import Head


def write_card(
    folder: Path,
    heads: Mapping[str, Head],
    encoder: Mapping[str, object] | None,
    scores: Sequence[Mapping[str, float]],
) -> Path:
    """Write ``card.md``.

    Parameters
    ----------
    folder : Path
        Where the weights were written.
    heads : mapping of str to Head
        Those that were fitted.
    encoder : mapping, or None
        The recipe of the encoder's tuned top, where it was trained.
    scores : sequence of mapping
        Its development scores, look by look.
    """
    cards = yaml.safe_load(CARDS.read_text(encoding="utf-8"))["heads"]
    at = datetime.now(UTC).date().isoformat()
    made = f"{at}, {platform.machine()}, torch {version('torch')}, openvino {version('openvino')}"
    parts = [f"# What was trained\n\n{made}. Figures of development texts, not of tests.\n"]
    if encoder is not None:
        recipe = [[name, str(value)] for name, value in encoder.items()]
        parts.append(f"## Tuned top of the encoder\n\n{table(['recipe', ''], recipe)}\n")
    if scores:
        names = list(scores[-1])
        rows = [[f"{row[name]:.4g}" for name in names] for row in scores]
        parts.append(f"Scores of the heads of training, by step:\n\n{table(names, rows)}\n")
    if heads:
        rows = [
            [
                name,
                head.version,
                head.space,
                str(len(head.labels)),
                "; ".join(f"{s['name']} ({s['licence']})" for s in _sources(cards, name)),
            ]
            for name, head in heads.items()
        ]
        titles = ["head", "version", "space", "labels", "trained on"]
        parts.append(f"## Heads\n\n{table(titles, rows)}\n")
    path = folder / "card.md"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _sources(
    cards: Mapping[str, Mapping[str, list[dict[str, str]]]], name: str
) -> list[dict[str, str]]:
    return cards.get(name, {}).get("trained_on", [])
