"""WebVTT (W3C): voices in ``<v Name>`` tags or behind a leading dash."""

import html
import re
from collections.abc import Iterator, Sequence

from ingest.adapters.cues import Cue, cues_in
from ingest.adapters.named_lines import named
from ingest.adapters.whole_text import whole_text
from ingest.build import attempt
from ingest.calls import Utterance, call
from ingest.context import Context
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.outcome import Outcome, Tally

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:[cibuv]|ruby|rt|lang)(?:[.\s][^<>]{0,200})?>|<\d[\d:.]{3,12}>", re.IGNORECASE
)


def _recognises(head: Head) -> bool:
    return head.text.startswith("WEBVTT")


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    for file in files:
        yield attempt(file.name, "a WebVTT transcript", _one, file, context)


def _one(file: SourceFile, context: Context) -> Outcome:
    tally = Tally()
    spoken = [u for cue in cues_in(whole_text(file), tally) for u in _utterances(cue)]
    return call(file, "webvtt", spoken, context, tally)


def _utterances(cue: Cue) -> Iterator[Utterance]:
    """Give what each voice says in a cue; several voices share its time."""
    payload = "\n".join(cue.lines)
    pieces = _VOICE.split(payload)
    for speaker, text in [("", pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]:
        plain = html.unescape(_TAG.sub("", text))
        for name, said in named(plain.split("\n"), speaker.strip()):
            yield Utterance(name, said, cue.start_ms, cue.end_ms)


FORMAT = Format("webvtt", "WebVTT transcript", _recognises, _read)
