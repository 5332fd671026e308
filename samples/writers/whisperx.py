"""WhisperX: verbose JSON with speakers that have numbers, not names."""

import re
from collections.abc import Iterator, Sequence

from domain.conversation import Role
from samples.contact import Contact
from samples.ids import Json, as_json, draw
from samples.source_format import SourceTurn
from samples.speech import Span, spans
from samples.writers.sidecar import sidecar

SILENCE_TEXTS = ("Thank you for watching.", "Thanks for watching!", "Bye. Bye. Bye. Bye. Bye.")
"""What speech recognition hears in silence and music."""


def files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render calls as transcripts with sidecars, two files a call."""
    for contact in contacts:
        names = _speaker_names(contact.source.turns)
        segments = [s for span in spans(contact) for s in _segments(contact, span, names)]
        segments += _failed(contact)
        segments.sort(key=lambda segment: float(segment["start"]))
        transcript = {"segments": segments, "language": "en"}
        roles = {name: who.partition(":")[0] for who, name in names.items()}
        yield f"whisperx/{contact.key}.json", as_json(transcript)
        yield f"whisperx/{contact.key}.meta.json", as_json(sidecar(contact, roles))


def _speaker_names(turns: Sequence[SourceTurn]) -> dict[str, str]:
    voices = dict.fromkeys(turn.who for turn in turns if turn.role is not Role.SYSTEM)
    return {who: f"SPEAKER_{position:02d}" for position, who in enumerate(voices)}


def _segments(contact: Contact, span: Span, names: dict[str, str]) -> Iterator[Json]:
    """Cut an utterance into sentences; hold music is one failed segment."""
    turn = span.turn
    if turn.role is Role.SYSTEM:
        yield _segment(span.start_ms, span.end_ms, turn.text, quality=False)
        return
    sentences = re.split(r"(?<=[.?!]) +", turn.text)
    total = sum(len(sentence) for sentence in sentences)
    start = span.start_ms
    for sentence in sentences:
        end = start + (span.end_ms - span.start_ms) * len(sentence) // total
        segment = _segment(start, end, sentence, quality=True) | {"speaker": names[turn.who]}
        if draw(f"{contact.key} words", 2) == 0:
            segment["words"] = _words(sentence, start, end, names[turn.who])
        yield segment
        start = end


def _segment(start_ms: int, end_ms: int, text: str, *, quality: bool) -> Json:
    spread = draw(text, 100) / 1000
    return {
        "start": start_ms / 1000,
        "end": end_ms / 1000,
        "text": f" {text}",
        "avg_logprob": round((-0.18 if quality else -1.24) - spread, 4),
        "compression_ratio": round((1.31 if quality else 2.71) + spread, 4),
        "no_speech_prob": round((0.02 if quality else 0.88) + spread, 4),
    }


def _words(sentence: str, start_ms: int, end_ms: int, speaker: str) -> list[Json]:
    words = sentence.split()
    step = (end_ms - start_ms) / len(words) / 1000
    begin = start_ms / 1000
    return [
        {
            "word": word,
            "start": round(begin + position * step, 3),
            "end": round(begin + (position + 1) * step, 3),
            "score": round(0.75 + draw(f"{word} {position}", 240) / 1000, 3),
            "speaker": speaker,
        }
        for position, word in enumerate(words)
    ]


def _failed(contact: Contact) -> list[Json]:
    """Hear something in the silence after the last word, in every second call."""
    if draw(f"{contact.key} silence", 2):
        return []
    end = spans(contact)[-1].end_ms
    text = SILENCE_TEXTS[draw(contact.key, len(SILENCE_TEXTS))]
    return [_segment(end + 1200, end + 3200, text, quality=False)]
