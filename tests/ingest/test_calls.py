"""Transcripts of calls: every quirk of subtitles and speech recognition, and who is who."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversation import Channel, Role
from ingest.adapters.cues import cues_in
from ingest.adapters.named_lines import named
from ingest.clean.speech import failed
from ingest.outcome import Tally

Reader = Callable[..., Any]

META = {
    "started_at": "2026-03-13T10:05:00Z",
    "identifiers": ["phone:+447700900142"],
    "brand": "pine",
    "customer_name": "Greta Halloran",
    "speakers": {"Abena": "agent", "Greta": "customer"},
    "status_history": [{"status": "open", "at": "2026-03-13T10:05:00Z"}],
    "handovers": [{"at": "2026-03-13T10:06:00Z", "to": "second_line", "escalation": True}],
    "ratings": [{"at": "2026-03-14T10:00:00Z", "score": 2}],
}
VTT = """WEBVTT - call recording

NOTE this is
a note --  not speech

STYLE
::cue { color: red }

REGION
id:fred

1
00:00.000 --> 00:05.400 align:start position:10%
<v Abena>Good <b>morning</b>, you&apos;re through to Abena.

intro
00:00:05.000 --> 00:00:09.000
<v Greta>Morning.</v> <v Abena>Hello.

00:00:06.000 --> 00:00:08.000
<v.loud Greta>Hinges &amp; screws

00:xx --> broken
lost words

00:00:20.000 --> 00:00:21.000
[hold music]
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_webvtt_with_all_its_quirks(read: Reader, end: str, bom: str) -> None:
    files = {"c1.vtt": bom + VTT.replace("\n", end), "c1.meta.json": META}
    result = read(files)
    found = result.conversation
    assert (found.source, found.source_id, found.channel) == ("webvtt", "c1", Channel.CALL)
    assert [(t.role, t.text) for t in found.turns] == [
        (Role.AGENT, "Good morning, you're through to Abena."),
        (Role.CUSTOMER, "Morning."),
        (Role.AGENT, "Hello."),
        (Role.CUSTOMER, "Hinges & screws"),
        (Role.SYSTEM, "[hold music]"),
    ]
    assert found.started_at == datetime(2026, 3, 13, 10, 5, tzinfo=UTC)
    assert found.turns[3].start_ms == 6000
    assert (found.ended_at - found.started_at).seconds == 21
    assert result.repairs["overlap"] == 3
    assert result.repairs["cue_unreadable"] == 1
    assert "speaker_guessed" not in result.repairs


def test_the_sidecar_tells_what_the_transcript_cannot(read: Reader) -> None:
    found = read({"c1.vtt": VTT, "c1.meta.json": META}).conversation
    assert [str(i) for i in found.identifiers] == ["phone:+447700900142"]
    assert (found.brand, found.customer_name) == ("pine", "Greta Halloran")
    assert [(h.to, h.escalation) for h in found.handovers] == [("second_line", True)]
    assert found.ratings[0].score == 2


@pytest.mark.parametrize(
    ("meta", "field"),
    [({"speeker": 1}, "speeker"), ({"speakers": {"A": "boss"}}, "speakers"), ("{", "c1.meta.json")],
)
def test_a_broken_sidecar_is_named(read: Reader, meta: object, field: str) -> None:
    (rejection,) = read({"c1.vtt": VTT, "c1.meta.json": meta}).rejections
    assert field in rejection.field


def test_without_a_start_the_file_is_refused_with_advice(read: Reader) -> None:
    (rejection,) = read({"c1.vtt": VTT}).rejections
    assert rejection.field == "started_at"
    assert "c1.meta.json" in rejection.reason


@pytest.mark.parametrize(
    ("name", "hour", "assumed"),
    [
        ("call_2026-03-13T10-05-00Z.vtt", 10, False),
        ("2026-03-13T10:05:00+01:00 call.vtt", 9, False),
        ("20260313_100500.vtt", 10, True),
        ("greta 2026-03-13.vtt", 0, True),
    ],
)
def test_the_start_may_stand_in_the_name(read: Reader, name: str, hour: int, assumed: bool) -> None:
    result = read({name: VTT})
    assert result.conversation.started_at.replace(minute=0) == datetime(
        2026, 3, 13, hour, tzinfo=UTC
    )
    assert ("clock_no_zone" in result.repairs) is assumed


def test_the_start_may_come_from_the_options(read: Reader) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert read({"c1.vtt": VTT}, started_at=start).conversation.started_at == start


def test_voices_without_roles_are_guessed_and_said_so(read: Reader) -> None:
    result = read({"call 2026-03-13.vtt": VTT})
    found = result.conversation
    assert [t.role for t in found.turns][:2] == [Role.AGENT, Role.CUSTOMER]
    assert found.metadata["speakers"] == "guessed"
    assert result.repairs["speaker_guessed"] == 2


def test_roles_may_come_from_the_options(read: Reader) -> None:
    roles = {"Abena": Role.CUSTOMER, "Greta": Role.AGENT}
    found = read({"call 2026-03-13.vtt": VTT}, speakers=roles).conversation
    assert found.turns[0].role is Role.CUSTOMER


SRT = """1
00:00:03,000 --> 00:00:05,680
Agent: Card line, you're speaking to Fikret.

00:00:07,000 --> 00:00:12,740
Customer: Yeah, hi, me wallet's gone. In
the, the <i>tram</i>.

3
00:00:12.900 --> 00:00:13.500
The card's in it.
4
00:00:16,0 --> 00:00:21,74
- Right.
- Block it please.

5
00:00:40,000 --> 00:00:42,000
(sighs)
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_srt_with_its_quirks(read: Reader, encoding: str) -> None:
    data = SRT.replace("\n", "\r\n").encode(encoding)
    found = read({"c1.srt": data, "c1.meta.json": META}).conversation
    assert [(t.role, t.text) for t in found.turns][:2] == [
        (Role.AGENT, "Card line, you're speaking to Fikret."),
        (Role.CUSTOMER, "Yeah, hi, me wallet's gone. In the, the tram. The card's in it."),
    ]
    assert found.turns[1].end_ms == 13_500
    assert "Block it please." in [t.text for t in found.turns]


def test_windows_encoding_of_a_subtitle(read: Reader) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nKunde: Grüße aus Köln, es ist schön hier\n"
    result = read({"c1.srt": text.encode("cp1252"), "c1.meta.json": META})
    assert result.conversation.turns[0].text == "Grüße aus Köln, es ist schön hier"
    assert result.conversation.turns[0].role is Role.CUSTOMER


def seg(
    start: float, end: float, text: str, speaker: object = "SPEAKER_00", **quality: object
) -> dict[str, Any]:
    base = {"avg_logprob": -0.2, "compression_ratio": 1.3, "no_speech_prob": 0.02}
    value = {"start": start, "end": end, "text": text, "speaker": speaker, **base, **quality}
    return {k: v for k, v in value.items() if v is not None}


def test_whisperx_drops_failed_segments_and_joins_sentences(read: Reader) -> None:
    segments = [
        seg(2.0, 4.0, " Good morning,"),
        seg(4.1, 5.7, " how can I help?"),
        seg(6.0, 9.0, " Hi, it's about, um, a refund.", "SPEAKER_01"),
        seg(9.1, 10.0, " For Lisbon.", None),
        seg(11.0, 14.0, " Thank you for watching.", None, avg_logprob=-1.3),
        seg(15.0, 18.0, " Bye. Bye. Bye.", None, compression_ratio=2.9),
        seg(19.0, 22.0, " you", None, no_speech_prob=0.95),
    ]
    document = {"language": "en", "segments": segments, "word_segments": []}
    result = read({"c1.json": document, "c1.meta.json": META})
    found = result.conversation
    assert [(t.role, t.text) for t in found.turns] == [
        (Role.AGENT, "Good morning, how can I help?"),
        (Role.CUSTOMER, "Hi, it's about, um, a refund. For Lisbon."),
    ]
    assert (found.turns[0].start_ms, found.turns[0].end_ms) == (2000, 5700)
    assert (found.source, found.language) == ("whisper", "en")
    assert result.repairs["failed_speech"] == 3


def test_plain_whisper_has_one_voice(read: Reader) -> None:
    document = {"text": "hi", "language": "de", "segments": [seg(0, 1, "hallo", None)]}
    found = read({"a 2026-03-01.json": document}).conversation
    assert found.turns[0].role is Role.CUSTOMER
    assert found.metadata["speakers"] == "guessed"


def test_speakers_may_be_numbers(read: Reader) -> None:
    segments = [seg(0, 1, "how can I help", 0), seg(5, 6, "help me", 1)]
    found = read({"a 2026-03-01.json": {"language": "en", "segments": segments}}).conversation
    assert [t.author for t in found.turns] == ["SPEAKER_00", "SPEAKER_01"]


def test_a_call_without_speech_is_refused(read: Reader) -> None:
    (rejection,) = read({"a.json": {"text": "", "language": "en", "segments": []}}).rejections
    assert "no speech" in rejection.reason


def test_a_large_one_line_transcript_is_no_json_lines(read: Reader) -> None:
    segments = [seg(n, n + 0.5, "word " * 40) for n in range(3000)]
    document = json.dumps({"segments": segments, "language": "en"})
    assert read({"a 2026-03-01.json": document}).conversation.turns


@pytest.mark.parametrize(
    ("quality", "bad"),
    [
        ({"avg_logprob": -1.01}, True),
        ({"avg_logprob": -0.99}, False),
        ({"compression_ratio": 2.41}, True),
        ({"no_speech_prob": 0.7}, False),
        ({"no_speech_prob": 0.7, "avg_logprob": -0.6}, True),
        ({"no_speech_prob": 0.95}, True),
        ({"avg_logprob": None, "compression_ratio": "x"}, False),
        ({}, False),
    ],
)
def test_thresholds_of_failed_speech(quality: dict[str, Any], bad: bool) -> None:
    assert failed(quality) is bad


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Anna: hello", "there"], [("Anna", "hello there")]),
        (["- hi", "- ho"], [("", "hi"), ("-", "ho")]),
        (["Anna: hi", "Ben: ho"], [("Anna", "hi"), ("Ben", "ho")]),
        (
            ["I said this: nothing about that at all"],
            [("I said this", "nothing about that at all")],
        ),
        (["it is 10:30 now"], [("", "it is 10:30 now")]),
        (["- just a dash"], [("", "- just a dash")]),
        ([], []),
    ],
)
def test_names_in_lines(lines: list[str], expected: list[tuple[str, str]]) -> None:
    assert list(named(lines)) == expected


@given(st.text(st.sampled_from("0123456789:.,-> \n\rWEBVTTabc<v>"), max_size=300))
def test_any_text_gives_ordered_cues(text: str) -> None:
    for cue in cues_in(text, Tally()):
        assert 0 <= cue.start_ms <= cue.end_ms
