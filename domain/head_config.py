"""What an operator says of a classifier; no model is loaded here."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from domain.base import Probability, Record

REPLACED = ("sentiment", "emotion", "intent")
"""Heads whose place a classifier can take; any other name is a set of labels of its own."""


class HeadConfig(Record):
    """A sequence classifier of the Hugging Face kind."""

    model: str
    """Local folder, or an id that is in the local Hugging Face cache; nothing is downloaded."""
    labels: Mapping[str, str | None] = Field(default_factory=dict)
    """What each of the model's labels is here; several may be one, null leaves one out."""
    temperature: float = Field(default=1.0, gt=0)
    """Logits are divided by it; above 1 makes a model less sure."""
    threshold: Probability = 0.5
    """Probability from which a label holds; below it the best one is said, abstained."""
    link: Literal["softmax", "sigmoid"] | None = None
    """One label holds, or any number; None takes what the model's configuration says."""
