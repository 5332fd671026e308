"""What an example is labelled with: one label, several, or none of the taxonomy's."""

from collections.abc import Mapping, Sequence

from nlp.own.model import OOS

MAX_LABEL = 128
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


def read_labels(line: Mapping[str, object]) -> tuple[str, ...] | str:
    """Read ``label`` or ``labels`` of a line; a string says what is wrong with them.

    An empty list is a text of no intent.
    """
    found = line["labels"] if line.get("labels") is not None else [line.get("label")]
    if not isinstance(found, list):
        return "not a list of strings"
    if not all(isinstance(label, str) and label.strip() for label in found):
        return "missing, or not a string"
    if any(len(label) > MAX_LABEL for label in found):
        return f"longer than {MAX_LABEL} characters"
    return tuple(found)


def answer_on(line: Mapping[str, object]) -> tuple[str, ...] | str | None:
    """Read what a person wrote on a line of a sheet; a string says what is wrong with it.

    Returns
    -------
    tuple of str, str or None
        None where nothing is written yet. ``oos`` alone where none of the labels fits, which an
        empty list says too.
    """
    one, several = line.get("label"), line.get("labels")
    open_ = one is None or (isinstance(one, str) and not one.strip())
    if open_ and several is None:
        return None
    if not open_ and several is not None:
        return "there is a label as well: keep one of the two fields"
    found = read_labels(line)
    if isinstance(found, str):
        return found
    return intents_of([label.strip() for label in found]) or (OOS,)


def field_of(line: Mapping[str, object]) -> str:
    """Name the field of a line that its labels stand in."""
    return "label" if line.get("labels") is None else "labels"
