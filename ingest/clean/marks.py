"""Marks on a text: which stretch is kept but not analysed."""

from collections.abc import Iterable

from domain.conversation import Part, PartKind


def settle(text: str, parts: Iterable[Part]) -> tuple[Part, ...]:
    """Put parts in order, apart from one another, without blanks at their ends.

    Where two overlap, the earlier keeps its ground; where they start together, the longer
    does. Parts of one kind with only blanks between them become one.

    Parameters
    ----------
    text : str
        The turn's text.
    parts : iterable of Part
        Offsets in characters of the text.
    """
    settled: list[Part] = []
    for part in sorted(parts, key=lambda p: (p.start, -p.end)):
        start = max(part.start, settled[-1].end) if settled else part.start
        trimmed = _trim(text, part.kind, start, part.end)
        if trimmed is None:
            continue
        last = settled[-1] if settled else None
        if last and last.kind is trimmed.kind and not text[last.end : trimmed.start].strip():
            settled[-1] = Part(kind=last.kind, start=last.start, end=trimmed.end)
        else:
            settled.append(trimmed)
    return tuple(settled)


def _trim(text: str, kind: PartKind, start: int, end: int) -> Part | None:
    piece = text[start:end]
    if not piece.strip():
        return None
    start += len(piece) - len(piece.lstrip())
    return Part(kind=kind, start=start, end=start + len(piece.strip()))
