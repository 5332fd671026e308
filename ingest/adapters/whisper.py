"""Whisper verbose JSON and WhisperX: segments in float seconds, voices by number or none."""

from collections.abc import Iterator, Sequence
from typing import Any

from ingest.adapters.whole_text import whole
from ingest.build import RecordError, attempt
from ingest.calls import Utterance, call
from ingest.clean.speech import failed
from ingest.context import Context
from ingest.fields import mapping, objects, text
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.jsons import parse
from ingest.outcome import Cleaned, Outcome, Repair, Tally


def _recognises(head: Head) -> bool:
    segment = all(f"segments.item.{key}" in head.paths for key in ("start", "end", "text"))
    return segment or ("segments" in head.paths and bool({"language", "text"} & head.paths))


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        yield attempt(file.name, "a Whisper transcript", _one, file, context)


def _one(file: SourceFile, context: Context) -> Outcome:
    document = mapping(parse(whole(file)))
    if not isinstance(document.get("segments"), list):
        raise RecordError("segments", "is missing")
    tally = Tally()
    spoken: list[Utterance] = []
    for segment in objects(document["segments"]):
        if failed(segment):
            tally[Cleaned.FAILED_SPEECH] += 1
            continue
        # A segment that was not given to a voice most likely goes on with the one before.
        voice = _speaker(segment) or (spoken[-1].speaker if spoken else "")
        utterance = _utterance(segment, voice, tally)
        if utterance is not None:
            spoken.append(utterance)
    return call(file, "whisper", spoken, context, tally, text(document.get("language")))


def _utterance(segment: dict[str, Any], voice: str, tally: Tally) -> Utterance | None:
    said = text(segment.get("text"))
    if said is None:
        return None
    start, end = _ms(segment.get("start")), _ms(segment.get("end"))
    if start is None:
        tally[Repair.BAD_CUE] += 1
        return None
    return Utterance(voice, said, start, max(start, end or start))


def _speaker(segment: dict[str, Any]) -> str:
    label = segment.get("speaker")
    return f"SPEAKER_{label:02d}" if isinstance(label, int) else text(label) or ""


def _ms(seconds: object) -> int | None:
    try:
        value = float(str(seconds))
        return max(0, round(value * 1000)) if value < 1e7 else None
    except (ValueError, OverflowError):
        return None


FORMAT = Format("whisper", "Whisper or WhisperX JSON", _recognises, _read)
