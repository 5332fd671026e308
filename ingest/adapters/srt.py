"""SRT subtitles: no speakers of their own, often ``Name: text``."""

import re
from collections.abc import Iterator, Sequence

from ingest.adapters.cues import cues_in
from ingest.adapters.named_lines import named
from ingest.adapters.whole_text import whole_text
from ingest.build import attempt
from ingest.calls import Utterance, call
from ingest.context import Context
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.outcome import Outcome, Tally
from ingest.speakers import is_sound

_FIRST = re.compile(r"\s*(?:\d{1,9}\s*\n)?\s*\d{1,4}:\d{1,2}:\d{1,2}[,.]\d{1,3}\s*-->")
_MARKUP = re.compile(r"</?(?:[ibu]|font)(?:\s[^<>]{0,200})?>|\{\\[^{}]{0,100}\}", re.IGNORECASE)


def _recognises(head: Head) -> bool:
    start = head.text[:2000].replace("\r\n", "\n").replace("\r", "\n")
    return _FIRST.match(start) is not None or (head.name.endswith(".srt") and "-->" in start)


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        yield attempt(file.name, "an SRT transcript", _one, file, context)


def _one(file: SourceFile, context: Context) -> Outcome:
    tally = Tally()
    spoken = []
    speaker = ""
    for cue in cues_in(whole_text(file), tally):
        for name, text in named([_MARKUP.sub("", line) for line in cue.lines]):
            # A name stands where the voice changes; what follows is the same voice's.
            speaker = name or ("" if is_sound(text) else speaker)
            spoken.append(Utterance(speaker, text, cue.start_ms, cue.end_ms))
    return call(file, "srt", spoken, context, tally)


FORMAT = Format("srt", "SRT transcript", _recognises, _read)
