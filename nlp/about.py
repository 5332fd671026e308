"""What the shipped models are: encoder, heads, rules, with versions and where they come from."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from domain.head_config import REPLACED, HeadConfig
from nlp.external import build as external
from nlp.heads import load_head
from nlp.models import DEFAULT_ENCODER, BuiltModel, find
from nlp.parts import WEIGHTS, part, top
from nlp.precision import Wanted, trunk_of
from nlp.shipped import PARTS, Shipped
from nlp.taxonomy import FOLDER, general
from nlp.version import files_version, rules_version

CARDS = Path(__file__).parent / "cards.yaml"
_SILENT = {
    "sentiment": ("sentiment", "turn_mood"),
    "emotion": ("emotion", "turn_emotions"),
    "intent": ("general", "turn_near", "turn_intents"),
}
"""Shipped heads whose labels are not said where a classifier takes a place."""

State = Literal["serves", "replaced", "left_out"]


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
class ClassifierAbout:
    """A classifier by others, as configured.

    Attributes
    ----------
    model : str
        Hugging Face id or path.
    version : str
        Of weights and configuration; a signal's ``model`` is ``hf-NAME:`` and this.
    in_place : bool
        Whether it takes the place of the shipped heads of its name, or says a set of its own.
    threshold : float
        Probability from which a label holds.
    """

    name: str
    model: str
    version: str
    sha256: str
    in_place: bool
    labels: tuple[str, ...]
    threshold: float


@dataclass(frozen=True)
class HeadAbout:
    """A shipped head.

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
    state : {"serves", "replaced", "left_out"}
        What it says is said; a classifier says it instead; or it does not fit the encoder.
    reason : str or None
        Which classifier, or why it is left out.
    """

    name: str
    version: str
    space: str
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    calibration: str | None
    trained_on: tuple[Source, ...] = field(default=())
    state: State = "serves"
    reason: str | None = None


@dataclass(frozen=True)
class ModelsAbout:
    """All that texts are read with."""

    encoder: EncoderAbout
    heads: tuple[HeadAbout, ...]
    classifiers: tuple[ClassifierAbout, ...]
    rules: str
    """Version of redaction, entities, language, sentences and summary."""
    taxonomy: str
    """The general taxonomy with its version."""


def about(
    model_dir: Path,
    encoder: str,
    weights: Path = WEIGHTS,
    precision: Wanted = "auto",
    classifiers: Mapping[str, HeadConfig] | None = None,
) -> ModelsAbout:
    """Describe what is there to read texts with.

    Parameters
    ----------
    model_dir : Path
        Where encoder and classifiers were built.
    encoder : str
        Hugging Face id or path.
    weights : Path
        Folder with the shipped heads.
    precision : {"auto", "int8", "bf16", "f32"}
    classifiers : mapping of str to HeadConfig, optional
        Those that are configured, by name.

    Raises
    ------
    ModelError
        If the encoder or a classifier is not built.
    """
    built = find(model_dir, encoder, top(weights), precision)
    licence = _cards()["encoder"]["licence"] if encoder == DEFAULT_ENCODER else None
    configured = tuple(
        _classifier(model_dir, name, config) for name, config in (classifiers or {}).items()
    )
    silent = _silent(weights, built, configured)
    heads = heads_of([part(weights, path.stem) for path in sorted(WEIGHTS.glob("*.json"))])
    return ModelsAbout(
        EncoderAbout(
            built.encoder, built.sha256, built.space, built.dimension, built.precision, licence
        ),
        tuple(replace(head, **silent.get(head.name, {})) for head in heads),
        configured,
        rules_version(),
        f"{general().name}@{files_version([FOLDER / 'general.yaml'])}",
    )


def _classifier(model_dir: Path, name: str, config: HeadConfig) -> ClassifierAbout:
    built = external.find(model_dir, name, config)
    return ClassifierAbout(
        name=name,
        model=config.model,
        version=external.version_of(config, built),
        sha256=built.sha256,
        in_place=name in REPLACED,
        labels=external.labels_of(name, config, built).names,
        threshold=config.threshold,
    )


def _silent(
    weights: Path, built: BuiltModel, configured: Sequence[ClassifierAbout]
) -> dict[str, dict[str, Any]]:
    """Tell which shipped heads say nothing, by name of the file, and why."""
    why = f"fitted on another encoder than {trunk_of(built.space)}"
    lacking = Shipped.load(weights, built.tops).left_out
    found: dict[str, dict[str, Any]] = {
        name: {"state": "left_out", "reason": why} for part in lacking for name in PARTS[part]
    }
    for one in configured:
        told = {"state": "replaced", "reason": external.model_of(one.name, one.version)}
        found |= dict.fromkeys(_SILENT.get(one.name, ()), told)
    return found


def heads_of(paths: Iterable[Path]) -> tuple[HeadAbout, ...]:
    """Describe heads by the JSON files that lie beside their matrices."""
    cards = _cards()["heads"]
    return tuple(_head(path, cards) for path in paths)


def _version(path: Path) -> str:
    """Give the version that a model of a few weights says of itself in signals."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _cards() -> dict[str, Any]:
    cards: dict[str, Any] = yaml.safe_load(CARDS.read_text(encoding="utf-8"))
    return cards


def _head(path: Path, cards: Mapping[str, Any]) -> HeadAbout:
    content, card = json.loads(path.read_text()), cards.get(path.stem, {})
    # A head is a matrix and what is said of it; a few numbers stand in the JSON itself.
    matrix = path.with_suffix(".safetensors").exists()
    return HeadAbout(
        name=path.stem,
        version=load_head(path.parent, path.stem).version if matrix else _version(path),
        space=content.get("space", ""),
        labels=tuple(content.get("labels", ())),
        thresholds=content.get("thresholds", {}),
        calibration=card.get("calibration"),
        trained_on=tuple(Source(**source) for source in card.get("trained_on", ())),
    )
