"""WebVTT with voices, and SRT with "Agent: text" lines, each with its sidecar."""

import html
import textwrap
from collections.abc import Iterator, Sequence

from domain.conversation import Role
from samples.contact import Contact
from samples.ids import as_json, draw
from samples.speech import Span, spans, voice
from samples.writers.sidecar import sidecar

LINE_WIDTH = 60


def vtt_files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render calls as WebVTT; about one cue in five runs into the next."""
    for contact in contacts:
        named = draw(f"{contact.key} cue ids", 2) == 0
        blocks = ["WEBVTT - call recording", f"NOTE\nCall of {contact.source.at:%Y-%m-%d}"]
        for position, span in enumerate(spans(contact, overlap_every=5), start=1):
            cue = _cue(contact, span, hours=named)
            blocks.append(f"{position}\n{cue}" if named else cue)
        yield f"vtt/{contact.key}.vtt", "\n\n".join(blocks) + "\n"
        roles = {}
        for turn in contact.source.turns:
            name = voice(contact, turn)
            if name is not None:
                roles[name] = turn.role.value
        yield f"vtt/{contact.key}.meta.json", as_json(sidecar(contact, roles))


def srt_files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render calls as SRT; some as Windows tools write it, with BOM and CR LF."""
    for contact in contacts:
        found = spans(contact)
        text = "\n".join(_srt_block(number, span) for number, span in enumerate(found, start=1))
        if draw(f"{contact.key} windows", 2) == 0:
            text = "\ufeff" + text.replace("\n", "\r\n")
        yield f"srt/{contact.key}.srt", text
        roles = {_srt_name(s.turn.role): s.turn.role.value for s in found}
        roles.pop("", None)
        yield f"srt/{contact.key}.meta.json", as_json(sidecar(contact, roles))


def _cue(contact: Contact, span: Span, *, hours: bool) -> str:
    name = voice(contact, span.turn)
    text = html.escape(span.turn.text, quote=False)
    payload = text if name is None else f"<v {name}>{text}"
    settings = " align:start" if span.turn.role is Role.CUSTOMER else ""
    start, end = (_clock(ms, ".", hours=hours) for ms in (span.start_ms, span.end_ms))
    return f"{start} --> {end}{settings}\n{payload}"


def _srt_block(number: int, span: Span) -> str:
    name = _srt_name(span.turn.role)
    text = f"{name}: {span.turn.text}" if name else span.turn.text
    start, end = (_clock(ms, ",", hours=True) for ms in (span.start_ms, span.end_ms))
    lines = "\n".join(textwrap.wrap(text, LINE_WIDTH, break_on_hyphens=False))
    return f"{number}\n{start} --> {end}\n{lines}\n"


def _srt_name(role: Role) -> str:
    return "" if role is Role.SYSTEM else role.value.capitalize()


def _clock(ms: int, point: str, *, hours: bool) -> str:
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    front = f"{whole:02d}:" if hours or whole else ""
    return f"{front}{minutes:02d}:{seconds:02d}{point}{rest:03d}"
