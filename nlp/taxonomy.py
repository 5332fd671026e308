"""The general taxonomy: what customers want and what a turn does in the talk."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "taxonomies"


@dataclass(frozen=True)
class Taxonomy:
    """Named intents, with the acts that stand beside them.

    Attributes
    ----------
    name : str
        As it stands in signals.
    intents : mapping of str to str
        Id and description.
    acts : mapping of str to str
        Id and description of what a turn does without wanting anything.
    parents : mapping of str to str
        Group of each intent.
    """

    name: str
    intents: Mapping[str, str]
    acts: Mapping[str, str]
    parents: Mapping[str, str]


@cache
def general() -> Taxonomy:
    """Read the general taxonomy that is shipped."""
    data = yaml.safe_load((FOLDER / "general.yaml").read_text(encoding="utf-8"))
    return Taxonomy(
        name=data["name"],
        intents={key: about["description"] for key, about in data["intents"].items()},
        acts={key: about["description"] for key, about in data["acts"].items()},
        parents={key: about["parent"] for key, about in data["intents"].items()},
    )
