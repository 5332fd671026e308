"""What a linter of training examples says."""

from dataclasses import dataclass
from enum import StrEnum

FEW = 5
"""Examples of a label that are the least."""


class Fault(StrEnum):
    """What can be wrong, the worst first."""

    EMPTY = "empty_text"
    CONFLICT = "one_text_two_labels"
    OVERLAP = "overlapping_labels"
    MISLABELLED = "likely_mislabelled"
    FEW = "too_few_examples"
    LENGTH = "unlike_length"
    REPEATED = "repeated_text"


@dataclass(frozen=True)
class Example:
    """A training example and the line of the file that it stands on, from 1."""

    line: int
    text: str
    label: str


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes
    ----------
    lines : tuple of int
        Of the file, from 1.
    labels : tuple of str
        That it is about; of a likely mislabelled example its own and the likelier one.
    told : str
        What is wrong; holds no text of an example.
    todo : str
        What to do about it.
    weight : float
        How bad it is among those of its kind.
    """

    fault: Fault
    lines: tuple[int, ...]
    labels: tuple[str, ...]
    told: str
    todo: str
    weight: float = 0.0
