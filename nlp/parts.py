"""Folders of weights: parts that were trained stand in the place of those that ship.

A folder holds any number of parts under the names that ``nlp/weights`` gives them; what it does
not hold is taken from there.
"""

from collections.abc import Collection
from pathlib import Path

from nlp.heads import Head, load_head
from nlp.models import ModelError

WEIGHTS = Path(__file__).parent / "weights"
"""What ships."""
TOP = "trunk/signals"
"""Folder of the tuned top's adapter, inside a folder of weights."""
_ADAPTER = f"{TOP}/adapter"


def holder(weights: Path, name: str) -> Path:
    """Give the folder that a part is taken from: this one where it is there, else what ships."""
    return weights if _about(weights, name).exists() else WEIGHTS


def part(weights: Path, name: str) -> Path:
    """Give the JSON file of a part: a model of a few weights, or what is said of a head."""
    return _about(holder(weights, name), name)


def load_part(weights: Path, name: str, spaces: Collection[str] = ()) -> Head:
    """Read a head, see :func:`nlp.heads.load_head`."""
    return load_head(holder(weights, name), name, spaces)


def top(weights: Path) -> Path:
    """Give the folder with the adapter of the tuned top."""
    return holder(weights, _ADAPTER) / TOP


def held(weights: Path) -> tuple[str, ...]:
    """Name the parts that a folder holds itself, of those that can be trained."""
    names = [_ADAPTER, *sorted(path.stem for path in WEIGHTS.glob("*.json"))]
    found = [name for name in names if _about(weights, name).exists()]
    return tuple("encoder" if name == _ADAPTER else name for name in found)


def checked(weights: Path) -> Path:
    """Give the folder itself.

    Raises
    ------
    ModelError
        If it holds no part: all would be taken from what ships, and nobody told.
    """
    if not held(weights):
        raise ModelError(
            f"THROUGHLINE_WEIGHTS names {weights}, which holds nothing that was trained: run "
            f"`throughline train --output {weights}`, or unset it to use what ships"
        )
    return weights


def _about(weights: Path, name: str) -> Path:
    return weights / f"{name}.json"
