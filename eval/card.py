"""The card that is written beside what was trained: what, on what, how, how well."""

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from eval.results import table
from nlp.about import HeadAbout, heads_of
from nlp.heads import load_head
from nlp.parts import TOP, held

_TITLES = (
    "head",
    "version",
    "space",
    "labels",
    "training texts",
    "held back",
    "calibration error",
    "thresholds",
    "trained on",
)
_FIGURES = ("texts", "held_back", "ece")


def write_card(folder: Path) -> Path:
    """Write ``card.md`` of all that a folder of weights holds, whichever run trained it."""
    at = datetime.now(UTC).date().isoformat()
    made = f"{at}, {platform.machine()}, torch {version('torch')}, openvino {version('openvino')}"
    parts = [f"# What was trained\n\n{made}. Figures of development texts, not of tests.\n"]
    names = held(folder)
    if "encoder" in names:
        parts.append(_top(folder))
    heads = heads_of(folder / f"{name}.json" for name in names if name != "encoder")
    if heads:
        rows = [_row(folder, head) for head in heads]
        parts.append(f"## Heads\n\n{table(list(_TITLES), rows)}\n\n{_TEXT}\n")
    path = folder / "card.md"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _top(folder: Path) -> str:
    about = json.loads((folder / TOP / "adapter.json").read_text())
    recipe = [[name, str(value)] for name, value in about["recipe"].items()]
    scores = {"step": about["step"], **about["scores"]}
    row = [f"{value:.4g}" for value in scores.values()]
    return (
        f"## Tuned top of the encoder\n\n{table(['recipe', ''], recipe)}\n\n"
        f"Scores of the heads of training, by step:\n\n{table(list(scores), [row])}\n"
    )


def _row(folder: Path, head: HeadAbout) -> list[str]:
    matrix = (folder / f"{head.name}.safetensors").exists()
    fitted = load_head(folder, head.name).fitted if matrix else {}
    return [
        head.name,
        head.version,
        head.space,
        str(len(head.labels)),
        *(f"{fitted[name]:.4g}" if name in fitted else "" for name in _FIGURES),
        _range(list(head.thresholds.values())),
        "; ".join(f"{source.name} ({source.licence})" for source in head.trained_on),
    ]


def _range(values: list[float]) -> str:
    if not values:
        return ""
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


_TEXT = (
    "Texts may be counted in their sentences, or in pairs of turn and intent, where those are "
    "what is learned from. Held back: texts that set calibration and thresholds; the error is "
    "the expected one (ECE) on these same texts. Empty: the fit keeps no such figure."
)
