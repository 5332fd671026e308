"""What an example is labelled with: one label, several, or none of the taxonomy's."""

from collections.abc import Sequence

from nlp.own.model import OOS

Labels = str | Sequence[str]
"""One label, or any number of them; ``oos`` or none for a text of no intent."""
Labelled = tuple[str, Labels]
"""A text and its label or labels."""


def labels_of(said: Labels) -> tuple[str, ...]:
    """Give labels as they were said, ``oos`` among them; ``oos`` alone where none was."""
    return ((said,) if isinstance(said, str) else tuple(dict.fromkeys(said))) or (OOS,)


def intents_of(said: Labels) -> tuple[str, ...]:
    """Give the labels of the taxonomy: none for a text of no intent."""
    return tuple(label for label in labels_of(said) if label != OOS)


def one_or_several(said: Sequence[str]) -> Labels:
    """Write labels as they are kept: one alone by itself, ``oos`` only where there is no other."""
    found = intents_of(said) or (OOS,)
    return found[0] if len(found) == 1 else found
