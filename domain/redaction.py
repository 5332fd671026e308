"""Showing text without the identifiers in it, and finding a place in both forms."""

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


def original_offset(offset: int, redactions: Sequence[Redaction], *, after: bool = False) -> int:
    """Find the place in the original that a place in the redacted text stands for.

    Parameters
    ----------
    offset : int
        Characters from the start of the redacted text.
    redactions : sequence of Redaction
        In order of their start, without overlap.
    after : bool
        Where the offset lies inside a pseudonym: give the end of what it hides, not
        its start.
    """
    shift = 0  # original minus redacted, for all that lies before the present pseudonym
    for redaction in redactions:
        shown_start = redaction.start - shift
        shown_end = shown_start + len(redaction.pseudonym)
        if offset <= shown_start:
            break
        if offset < shown_end:
            return redaction.end if after else redaction.start
        shift += (redaction.end - redaction.start) - len(redaction.pseudonym)
    return offset + shift
