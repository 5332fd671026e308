"""What the shipped models are: encoder, heads, rules, with versions and where they come from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nlp.heads import load_head
from nlp.models import DEFAULT_ENCODER, find
from nlp.precision import Wanted
from nlp.taxonomy import FOLDER, general
from nlp.version import files_version, rules_version

WEIGHTS = Path(__file__).parent / "weights"
CARDS = Path(__file__).parent / "cards.yaml"


@dataclass(frozen=True)
class Source:
    """What a head was trained on."""

    name: str
    licence: str


@dataclass(frozen=True)
class EncoderAbout:
    """The encoder.

    Attributes
    ----------
    sha256 : str
        Of the weights it was built from.
    space : str
        Version of its embedding space.
    dimension : int
        Length of a vector.
    precision : str
        In which this machine's processor computes: ``int8``, ``bf16`` or ``f32``.
    licence : str or None
        None where the encoder is not the one that ships.
    """

    id: str
    sha256: str
    space: str
    dimension: int
    precision: str
    licence: str | None


@dataclass(frozen=True)
class HeadAbout:
    """A head.

    Attributes
    ----------
    version : str
        Changes with its content; it stands behind the @ of a signal's ``model``.
    space : str
        The embedding space it was fitted on.
    thresholds : mapping of str to float
        Probability from which a label is held to be true.
    calibration : str or None
        How its probabilities were calibrated; None where nothing is said.
    """

    name: str
    version: str
    space: str
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    calibration: str | None
    trained_on: tuple[Source, ...] = field(default=())


@dataclass(frozen=True)
class ModelsAbout:
    """All that texts are read with."""

    encoder: EncoderAbout
    heads: tuple[HeadAbout, ...]
    rules: str
    """Version of redaction, entities, language, sentences and summary."""
    taxonomy: str
    """The general taxonomy with its version."""


def about(
    model_dir: Path, encoder: str, weights: Path = WEIGHTS, precision: Wanted = "auto"
) -> ModelsAbout:
    """Describe what is there to read texts with.

    Raises
    ------
    ModelError
        If the encoder is not built.
    """
    cards = yaml.safe_load(CARDS.read_text(encoding="utf-8"))
    built = find(model_dir, encoder, precision=precision)
    licence = cards["encoder"]["licence"] if encoder == DEFAULT_ENCODER else None
    return ModelsAbout(
        EncoderAbout(
            built.encoder, built.sha256, built.space, built.dimension, built.precision, licence
        ),
        tuple(_head(path, cards["heads"]) for path in sorted(weights.glob("*.json"))),
        rules_version(),
        f"{general().name}@{files_version([FOLDER / 'general.yaml'])}",
    )


def _head(path: Path, cards: Mapping[str, Any]) -> HeadAbout:
    content, card = json.loads(path.read_text()), cards.get(path.stem, {})
    # A head is a matrix and what is said of it; a few numbers stand in the JSON itself.
    matrix = path.with_suffix(".safetensors").exists()
    return HeadAbout(
        name=path.stem,
        version=load_head(path.parent, path.stem).version if matrix else files_version([path]),
        space=content.get("space", ""),
        labels=tuple(content.get("labels", ())),
        thresholds=content.get("thresholds", {}),
        calibration=card.get("calibration"),
        trained_on=tuple(Source(**source) for source in card.get("trained_on", ())),
    )
