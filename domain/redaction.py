"""Showing text without the identifiers in it."""

from collections.abc import Sequence

from pydantic import Field

from domain.base import Record


class Redaction(Record):
    """Characters ``[start, end)`` of the original stand behind a typed pseudonym."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    pseudonym: str
    """What is shown instead, such as ``[EMAIL_1]``; the same value, the same pseudonym."""


def redacted(
    text: str, redactions: Sequence[Redaction], start: int = 0, end: int | None = None
) -> str:
    """Cut ``[start, end)`` out of a text and put pseudonyms for what is redacted.

    A redaction that is only partly inside the cut is shown whole, never in part.

    Parameters
    ----------
    text : str
        The original.
    redactions : sequence of Redaction
        In order of their start, without overlap, with offsets in ``text``.
    start, end : int
        The cut, in characters of the original; ``end`` None means up to its end.
    """
    end = len(text) if end is None else end
    pieces, position = [], start
    for redaction in redactions:
        if redaction.end <= position or redaction.start >= end:
            continue
        pieces += [text[position : max(position, redaction.start)], redaction.pseudonym]
        position = redaction.end
    pieces.append(text[position:end])
    return "".join(pieces)
