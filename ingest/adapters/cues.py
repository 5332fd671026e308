"""Timed cues, as WebVTT and SRT both have them.

One reader for both, forgiving where players are: hours left out, comma or point, missing
numbers, CR LF, a bad cue among good ones. (The usual libraries stop at the first fault, or
write the unreadable part, which is what a customer said, into the log.)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.outcome import Repair, Tally

_TIMING = re.compile(
    r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*"
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?:\s.*)?$"
)


@dataclass(frozen=True)
class Cue:
    """Lines shown from ``start_ms`` to ``end_ms``."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues_in(text: str, tally: Tally) -> Iterator[Cue]:
    """Read the cues of a subtitle file.

    Blocks without a timing (headers, notes, styles, regions) are passed over; a cue whose
    timing cannot be read is counted and left out.

    Parameters
    ----------
    text : str
        The whole file.
    tally : Counter
        Takes the number of unreadable cues.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if "-->" not in line:
            continue
        match = _TIMING.match(line[:200])
        payload: list[str] = []
        while position < len(lines) and lines[position].strip() and "-->" not in lines[position]:
            payload.append(lines[position].strip())
            position += 1
        if match is None:
            tally[Repair.BAD_CUE] += 1
            continue
        if position < len(lines) and "-->" in lines[position] and payload:
            payload.pop()  # no blank line between: the last line is the next cue's number
        start, end = _ms(match.groups()[:4]), _ms(match.groups()[4:])
        yield Cue(start, max(start, end), tuple(payload))


def _ms(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((parts[3] or "0").ljust(3, "0"))
