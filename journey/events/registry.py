"""What is known of event names: canonical ones, their aliases, channel labels and markers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

HERE = Path(__file__).parent
MARKS = ("self_service", "failed", "done", "value", "trouble", "left")


@dataclass(frozen=True)
class Meaning:
    """Where an event happens, and what it tells of how it goes."""

    channel: str | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Registry:
    """Names of events.

    Attributes
    ----------
    aliases : mapping of str to str
        Each known name, canonical ones too, to its canonical one.
    confirmed : mapping of str to str
        Those that a person confirmed here: they stand above the others.
    """

    aliases: Mapping[str, str]
    meanings: Mapping[str, Meaning]
    confirmed: Mapping[str, str] = field(default_factory=dict)

    def canonical(self, name: str) -> str:
        """Give the canonical name; a name that nobody knows stays as it is."""
        name = self.confirmed.get(name, name)
        return self.aliases.get(name, name)

    def knows(self, name: str) -> bool:
        """Tell whether a name stands here, or was confirmed to be an alias."""
        return name in self.aliases or name in self.confirmed

    def meaning(self, name: str) -> Meaning:
        """Give what a canonical name means."""
        return self.meanings.get(name, Meaning())

    @property
    def names(self) -> frozenset[str]:
        """All canonical names."""
        return frozenset(self.aliases.values()) | frozenset(self.confirmed.values())


def registry(aliases: Mapping[str, str], confirmed: Mapping[str, str] | None = None) -> Registry:
    """Make the registry of the shipped names and what people confirmed.

    Parameters
    ----------
    aliases : mapping of str to str
        Name to canonical name, canonical ones too.
    confirmed : mapping of str to str, optional
        Alias to canonical name.
    """
    return Registry(aliases, meanings(), confirmed or {})


@cache
def meanings() -> dict[str, Meaning]:
    """Read ``registry.yaml``."""
    given = yaml.safe_load((HERE / "registry.yaml").read_text("utf-8"))
    return {
        name: Meaning(said.get("channel"), tuple(said.get("marks", ())))
        for name, said in given.items()
    }
