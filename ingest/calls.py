"""Transcripts of calls to conversations: one file, one call."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from domain.conversation import Channel, Role
from ingest.build import RecordError, conversation
from ingest.context import Context
from ingest.files import SourceFile
from ingest.outcome import Outcome, Repair, Tally
from ingest.sidecar import Sidecar, sidecar_of
from ingest.speakers import is_sound, roles_of

MERGE_GAP_MS = 2_000
"""Pieces of one voice that lie closer than this are one utterance."""
MAX_UTTERANCE = 2_000
"""Characters of a merged utterance."""
_STAMP = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T _-]+(\d{2})[:_.-]?(\d{2})(?:[:_.-]?(\d{2}))?(?:[.]\d{1,6})?"
    r"(Z|[+-]\d{2}:?\d{2})?)?(?!\d)"
)


@dataclass(frozen=True)
class Utterance:
    """What one voice said, from ``start_ms`` to ``end_ms`` after the call began."""

    speaker: str
    text: str
    start_ms: int
    end_ms: int


def call(
    file: SourceFile,
    source: str,
    utterances: Sequence[Utterance],
    context: Context,
    tally: Tally,
    language: str | None = None,
) -> Outcome:
    """Build the conversation of one transcript and its sidecar.

    Parameters
    ----------
    file : SourceFile
        The transcript; its name is the source id unless the sidecar says another.
    source : str
        Name of the source.
    utterances : sequence of Utterance
        As the transcript has them.
    context : Context
        The import.
    tally : Counter
        What was cleaned and repaired so far.
    language : str, optional
        As the transcript states it.

    Raises
    ------
    RecordError
        If the start of the call is not known, or there is no speech in it.
    """
    if not utterances:
        raise RecordError("turns", "there is no speech in it")
    beside = sidecar_of(file)
    data: dict[str, Any] = {
        "source": source,
        "source_id": file.stem,
        "channel": Channel.CALL,
        "language": language,
        **beside.fields(context, tally),
    }
    start = data.get("started_at") or _start(file, context, tally)
    ordered = _ordered(utterances, tally)
    data["started_at"] = start
    data.setdefault("ended_at", start + timedelta(milliseconds=max(u.end_ms for u in ordered)))
    data["turns"] = _turns(ordered, start, context, beside, tally)
    if tally[Repair.SPEAKER]:
        data["metadata"]["speakers"] = "guessed"
    return conversation(file.name, data, tally, context)


def _start(file: SourceFile, context: Context, tally: Tally) -> datetime:
    if context.options.started_at is not None:
        return context.clock.read(context.options.started_at, tally)
    found = stamp_in(file.stem, context, tally)
    if found is None:
        raise RecordError(
            "started_at",
            f"the call's start is not known; give it in {file.stem}.meta.json beside the file, "
            "by an ISO date in the file's name, or as an option",
        )
    return found


def stamp_in(name: str, context: Context, tally: Tally) -> datetime | None:
    """Find an ISO date, with or without a time, in a file's name."""
    for match in _STAMP.finditer(name):
        year, month, day, hour, minute, second, zone = match.groups()
        text = f"{year}-{month}-{day}"
        if hour:
            text += f"T{hour}:{minute}:{second or '00'}{zone or ''}"
        try:
            return context.clock.read(text, tally)
        except ValueError:
            continue
    return None


def _ordered(utterances: Sequence[Utterance], tally: Tally) -> list[Utterance]:
    ordered = sorted(utterances, key=lambda u: (u.start_ms, u.end_ms))
    moved = sum(1 for a, b in pairwise(utterances) if b.start_ms < a.start_ms)
    if moved:
        tally[Repair.ORDER] += moved
    overlaps = sum(1 for a, b in pairwise(ordered) if b.start_ms < a.end_ms)
    if overlaps:
        tally[Repair.OVERLAP] += overlaps
    return ordered


def merged(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Join pieces of one voice that follow each other closely: subtitles cut sentences."""
    joined: list[Utterance] = []
    for piece in utterances:
        last = joined[-1] if joined else None
        if last and _belongs(last, piece):
            end = max(last.end_ms, piece.end_ms)
            joined[-1] = replace(last, text=f"{last.text} {piece.text}", end_ms=end)
        else:
            joined.append(piece)
    return joined


def _belongs(last: Utterance, piece: Utterance) -> bool:
    near = piece.start_ms - last.end_ms <= MERGE_GAP_MS
    if is_sound(last.text) != is_sound(piece.text):
        return False
    size = len(last.text) + len(piece.text)
    return near and last.speaker == piece.speaker and size < MAX_UTTERANCE


def _turns(
    ordered: Sequence[Utterance],
    start: datetime,
    context: Context,
    beside: Sidecar,
    tally: Tally,
) -> list[dict[str, Any]]:
    known = {**context.options.speakers, **beside.speakers}
    roles = roles_of([(u.speaker, u.text) for u in ordered], known, tally)
    return [
        {
            "role": _role(utterance, roles),
            "text": utterance.text,
            "at": start + timedelta(milliseconds=utterance.start_ms),
            "start_ms": utterance.start_ms,
            "end_ms": utterance.end_ms,
            "author": utterance.speaker[:256] or None,
        }
        for utterance in merged(ordered)
    ]


def _role(utterance: Utterance, roles: Mapping[str, Role]) -> Role:
    """Give the role of a voice; sounds that no voice makes are the system's."""
    if not utterance.speaker and is_sound(utterance.text):
        return Role.SYSTEM
    return roles[utterance.speaker]
