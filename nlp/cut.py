"""A text as the encoder reads it: cut into sentences, identifiers behind everyday words."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from domain.redaction import Redaction, redacted
from nlp.sentences import Span, sentences

MOST_SENTENCES = 300
"""Of one text; of a longer one the beginning and the end are read, and the share is told."""
_AT_THE_END = 100


@dataclass(frozen=True)
class Cut:
    """A text that is cut and made safe.

    Attributes
    ----------
    spans : tuple of Span
        Sentences, in the original.
    texts : tuple of str
        The same sentences without identifiers.
    covered : float
        Share of the text's characters that the sentences hold, 0 to 1.
    """

    spans: tuple[Span, ...]
    texts: tuple[str, ...]
    covered: float = 1.0


def cut_turn(body: str, plain: Sequence[Redaction] = ()) -> Cut:
    """Cut a text and hide in each sentence what is to be hidden.

    Parameters
    ----------
    body : str
        Offsets are those of the original; parts that are not analysed are blank.
    plain : sequence of Redaction
        In order, without overlap, with everyday words for pseudonyms.
    """
    spans = sentences(body)
    kept = spans
    if len(spans) > MOST_SENTENCES:
        kept = spans[: MOST_SENTENCES - _AT_THE_END] + spans[-_AT_THE_END:]
    covered = _length(kept) / max(_length(spans), 1)
    return Cut(kept, tuple(" ".join(text.split()) for text in hide(body, plain, kept)), covered)


def _length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def hide(text: str, redactions: Sequence[Redaction], spans: Sequence[Span]) -> list[str]:
    """Cut spans out of a text with pseudonyms for what is redacted in them.

    Parameters
    ----------
    text : str
        The original.
    redactions : sequence of Redaction
        In order, without overlap.
    spans : sequence of Span
        Any.
    """
    starts = [item.start for item in redactions]
    ends = [item.end for item in redactions]
    return [
        redacted(text, redactions[bisect_right(ends, start) : bisect_left(starts, end)], start, end)
        for start, end in spans
    ]
