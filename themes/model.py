"""Themes with their assigner, saved and loaded without a change."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from themes.assign import Assigner

FORMAT = 3
_ARRAYS = ("mean", "weights", "bias", "bank", "bank_themes", "scale")


def packed(assigner: Assigner) -> bytes:
    """Write the arrays of an assigner; ``unpacked`` gives one that answers the same."""
    return bytes(save({name: np.ascontiguousarray(getattr(assigner, name)) for name in _ARRAYS}))


def unpacked(data: bytes) -> Assigner:
    """Read the arrays of an assigner."""
    return Assigner(**load(data))


class ThemeModelError(Exception):
    """A saved model is missing, torn or of another format or space."""


@dataclass(frozen=True)
class Theme:
    """A recurring reason for contact.

    Attributes
    ----------
    id : str
        Stable: it outlives refits.
    label : str
        Short name; a person's own where one was given.
    key_phrases : tuple of str
        Best first.
    examples : tuple of str
        Representative texts, redacted if those fitted were.
    size : int
        Distinct texts of the fit in it.
    stability : float
        0 to 1: how much of it resampled refits find again.
    parent : str or None
        Label of the family of themes it belongs to.
    """

    id: str
    label: str
    key_phrases: tuple[str, ...]
    examples: tuple[str, ...]
    size: int
    stability: float
    parent: str | None = None


@dataclass(frozen=True)
class ThemeModel:
    """What discovery found.

    Attributes
    ----------
    themes : tuple of Theme
        In the order of the assigner's places.
    assigner : Assigner
    space : str
        Version of the embedding space.
    stability : float
        Mean adjusted Rand index of resamples at the chosen granularity.
    resolution : float
        Of that granularity; a refit keeps to it.
    """

    themes: tuple[Theme, ...]
    assigner: Assigner
    space: str
    stability: float
    resolution: float = 1.0

    def renamed(self, ids: Sequence[str]) -> "ThemeModel":
        """Give the same model with other ids, one a theme: those of the lineage."""
        themes = tuple(
            replace(theme, id=name) for theme, name in zip(self.themes, ids, strict=True)
        )
        return replace(self, themes=themes)

    def save(self, folder: Path) -> None:
        """Write ``themes.json`` and ``themes.safetensors`` into a folder, made when missing."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "themes.safetensors").write_bytes(packed(self.assigner))
        data = {
            "format": FORMAT,
            "space": self.space,
            "stability": self.stability,
            "resolution": self.resolution,
            "themes": [asdict(theme) for theme in self.themes],
        }
        (folder / "themes.json").write_text(
            json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path, space: str) -> "ThemeModel":
        """Read a saved model.

        Parameters
        ----------
        folder : Path
        space : str
            Of the vectors that will be assigned.

        Raises
        ------
        ThemeModelError
            If there is none, or if it was fitted in another embedding space.
        """
        try:
            data = json.loads((folder / "themes.json").read_text(encoding="utf-8"))
            assigner = unpacked((folder / "themes.safetensors").read_bytes())
        except (OSError, ValueError, SafetensorError) as error:
            raise ThemeModelError(f"no whole theme model in {folder}: discover again") from error
        if data["format"] != FORMAT or data["space"] != space:
            raise ThemeModelError(
                f"the theme model in {folder} is of format {data['format']} and space "
                f"{data['space']}, wanted {FORMAT} and {space}: discover again"
            )
        themes = tuple(_theme(row) for row in data["themes"])
        return cls(themes, assigner, space, data["stability"], data["resolution"])


def _theme(row: dict[str, Any]) -> Theme:
    return Theme(**{**row, **{name: tuple(row[name]) for name in ("key_phrases", "examples")}})
