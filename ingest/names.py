"""Canonical names of events, from a registry of names and their aliases."""

import re
from functools import cache
from pathlib import Path

import yaml

from ingest.fields import snake

REGISTRY = Path(__file__).with_name("event_names.yaml")
_VERSION = re.compile(r"\.v?\d+(\.\d+)*$", re.IGNORECASE)
_TOP_LEVEL = frozenset({
    "com", "org", "net", "io", "de", "fr", "es", "uk", "eu", "co", "app", "dev", "ai", "example",
})  # fmt: skip


def canonical_name(raw: str) -> str:
    """Give the canonical name of an event.

    Parameters
    ----------
    raw : str
        What the source calls it: ``Help Searched``, ``helpSearched`` or a CloudEvents
        type such as ``com.acme.shipment.status_changed.v1``.

    Returns
    -------
    str
        A name in snake_case. One that the registry does not know is kept as it is.

    Raises
    ------
    ValueError
        If the name holds no letter or digit.
    """
    known = aliases()
    for candidate in _candidates(raw[:256]):
        if candidate in known:
            return known[candidate]
    name = snake(_stem(raw[:256]))[:128]
    if not name:
        raise ValueError("an event's name has no letter or digit")
    return name


@cache
def aliases() -> dict[str, str]:
    """Give each known name with its canonical one, from ``event_names.yaml``."""
    registry: dict[str, list[str]] = yaml.safe_load(REGISTRY.read_text("utf-8"))
    pairs = {alias: name for name, others in registry.items() for alias in others}
    return pairs | {name: name for name in registry}


def _candidates(raw: str) -> list[str]:
    """All readings of a name, the longest first: a dotted type loses its left parts."""
    parts = _VERSION.sub("", raw).split(".")
    return [snake(".".join(parts[start:])) for start in range(len(parts))]


def _stem(raw: str) -> str:
    """Take the reverse domain and the version off a dotted type."""
    parts = _VERSION.sub("", raw).split(".")
    if len(parts) > 2 and parts[0].lower() in _TOP_LEVEL:
        parts = parts[2:]
    return ".".join(parts)
