"""The labels of somebody else's model, as they are called here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.head_config import HeadConfig
from nlp.models import ModelError
from nlp.taxonomy import general

SENTIMENTS = ("negative", "neutral", "positive")
EMOTIONS = (
    "anger",
    "frustration",
    "confusion",
    "disappointment",
    "worry",
    "gratitude",
    "joy",
    "neutral",
)
_ID = re.compile(r"[a-z][a-z0-9_]{0,127}")


@dataclass(frozen=True)
class Labels:
    """Outputs of a model and what they are here.

    Attributes
    ----------
    names : tuple of str
        Our labels.
    owners : int array of shape (n_outputs,)
        Place in ``names`` of each output; -1 for one that is left out.
    """

    names: tuple[str, ...]
    owners: NDArray[np.int64]


def mapped(name: str, config: HeadConfig, outputs: Sequence[str]) -> Labels:
    """Check and apply the mapping of a head.

    Parameters
    ----------
    name : str
        Of the head.
    config : HeadConfig
        With the mapping; without one the model's labels must be ours already.
    outputs : sequence of str
        The model's labels, in order.

    Raises
    ------
    ModelError
        If a label is not said, not there or not one of ours.
    """
    said = config.labels or {output: output.lower() for output in outputs}
    missing = [output for output in outputs if output not in said]
    unknown = [label for label in said if label not in outputs]
    allowed = _allowed(name)
    wrong = [
        label
        for label in dict.fromkeys(said.values())
        if label is not None and not (label in allowed if allowed else _ID.fullmatch(label))
    ]
    if missing or unknown or wrong:
        raise ModelError(_complaint(name, config, outputs, missing, unknown, wrong))
    names = _ordered(allowed, [label for label in said.values() if label is not None])
    _complete(name, config, names)
    places = [said[output] for output in outputs]
    owners = [-1 if label is None else names.index(label) for label in places]
    return Labels(names, np.array(owners, np.int64))


def _allowed(name: str) -> tuple[str, ...]:
    """Give the labels a head may say; none for a set of its own, which may say what it likes."""
    taxonomy = general()
    known = {
        "sentiment": SENTIMENTS,
        "emotion": EMOTIONS,
        "intent": (*taxonomy.intents, *taxonomy.acts),
    }
    return known.get(name, ())


def _ordered(allowed: tuple[str, ...], labels: Sequence[str]) -> tuple[str, ...]:
    if allowed:
        return tuple(label for label in allowed if label in labels)
    return tuple(dict.fromkeys(labels))


def _complete(name: str, config: HeadConfig, names: tuple[str, ...]) -> None:
    if name == "sentiment" and not {"negative", "positive"} <= set(names):
        raise ModelError(
            f"the head 'sentiment' ({config.model}) must say negative and positive at least: "
            'map the model\'s labels to them in THROUGHLINE_HEADS, under "labels"'
        )
    if len(names) < 2:
        raise ModelError(f"the head {name!r} ({config.model}) needs two labels at least")


def _complaint(
    name: str,
    config: HeadConfig,
    outputs: Sequence[str],
    missing: Sequence[str],
    unknown: Sequence[str],
    wrong: Sequence[str],
) -> str:
    reasons = []
    if unknown:
        reasons.append(f"the model has no label {_listed(unknown)}")
    if missing:
        reasons.append(f"nothing is said of {_listed(missing)}")
    if wrong:
        kinds = _listed(_allowed(name)) or "lower-case words joined by _"
        reasons.append(f"{_listed(wrong)} cannot be said here; what can: {kinds}")
    return (
        f"the head {name!r} ({config.model}): {'; '.join(reasons)}. The model's labels are "
        f'{_listed(outputs)}: say in THROUGHLINE_HEADS what each is, as "labels": '
        f'{{"{outputs[0]}": "…"}}; null leaves one out'
    )


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels)
