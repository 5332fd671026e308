"""The door of ingest: any files in, good records and named faults out, never an exception."""

import gzip
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.formats import names
from ingest.options import ReadOptions
from ingest.outcome import Item, Rejection
from ingest.read import read_paths

Reader = Callable[..., Any]
Maker = Callable[..., Any]

KEYS = st.sampled_from([
    "source", "source_id", "type", "id", "tickets", "comments", "events", "ticket_id", "audits",
    "conversation_parts", "contacts", "author", "body", "segments", "start", "end", "text",
    "language", "specversion", "time", "data", "messageId", "userId", "event", "timestamp",
    "Transcript", "Participants", "ContactId", "InitiationTimestamp", "via", "users", "created_at",
    "requester_id", "status", "custom_fields", "tags", "satisfaction_rating", "conversations",
    "CustomerMetadata", "ConversationCharacteristics", "author_id", "child_events", "channel",
])  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["track", "1.0", "2026-03-02T09:00:00Z", "open", "<p>x</p>", "\ud83d", "\0"])
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
STARTS = [b"WEBVTT\n\n00:01.000 --> ", b"1\n00:00:01,000 --> 00:00:02,000\n", b'{"tickets": [',
          b'[{"specversion": "1.0",', b"conversation_id,at,role,text\n", b"event,time,email\n",
          b"\x1f\x8b\x08", b"\xff\xfe", b'{"segments": [{"start": 0, "end": 1, "text": "x"},',
          b"sep=;\n", b'{"source": "a", "source_id": "b"}\n']  # fmt: skip
NAMES = ["a.json", "b.vtt", "c 2026-03-01.srt", "d.csv", "ticket_1.json", "e.gz",
         "c_analysis_2026-03-02T00:00:00Z.json"]  # fmt: skip


def drain(path: Path, name: str = "auto") -> list[Item | Rejection]:
    return list(read_paths([path], ReadOptions(format=name)))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(NAMES),
    st.sampled_from([b"", *STARTS]),
    st.binary(max_size=300),
    st.sampled_from(["auto", *names()]),
)
def test_arbitrary_bytes_never_raise(
    tmp_path: Path, name: str, start: bytes, data: bytes, known: str
) -> None:
    path = tmp_path / name
    path.write_bytes(start + data)
    assert all(isinstance(o, Item | Rejection) for o in drain(path, known))


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(JSON, st.sampled_from(["auto", *names()]), st.integers(0, 3))
def test_arbitrary_json_never_raises(tmp_path: Path, value: object, known: str, cut: int) -> None:
    path = tmp_path / "a 2026-03-01.json"
    text = json.dumps(value)
    path.write_text(text[: len(text) - cut])
    drain(path, known)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400), st.integers(0, 200))
def test_arbitrary_damage_to_a_good_file_never_raises(
    tmp_path: Path, noise: bytes, place: int
) -> None:
    good = json.dumps({"source": "a", "source_id": "b", "channel": "chat",
                       "started_at": "2026-03-02T09:00:00Z"}).encode()  # fmt: skip
    path = tmp_path / "a.jsonl.gz"
    packed = gzip.compress(good * 3)
    path.write_bytes(packed[:place] + noise + packed[place:])
    drain(path)


@pytest.mark.parametrize("known", names())
@pytest.mark.parametrize(
    "value", ["[" * 400 + "]" * 400, '{"a":' * 300 + "1" + "}" * 300, "9" * 400, "1e999"]
)
def test_deep_and_large_values_break_nothing(tmp_path: Path, known: str, value: str) -> None:
    path = tmp_path / "a 2026-03-01.json"
    ticket = f'{{"id": 1, "requester_id": 2, "status": "open", "x": {value}}}'
    contact = '"ContactId": "c", "InitiationTimestamp": "2026-03-01T00:00:00Z"'
    path.write_text(f'{{"tickets": [{ticket}], {contact}, "segments": {value}, "data": {value}}}')
    drain(path, known)


def test_an_unknown_format_lists_those_that_are_known(read: Reader) -> None:
    (rejection,) = read({"poem.txt": "Roses are red,\nviolets are blue"}).rejections
    assert all(name in rejection.reason for name in names())


def test_an_unknown_name_of_a_format_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="known are auto, canonical"):
        read_paths([], ReadOptions(format="papyrus"))


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    (rejection,) = drain(tmp_path / "nowhere")
    assert "no such file" in rejection.reason


def test_folders_are_walked_in_order_and_each_file_once(tmp_path: Path, record: Maker) -> None:
    for name in ("b/2.jsonl", "a/1.jsonl", "c.jsonl", ".hidden/3.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(record(source_id=name)))
    outcomes = list(read_paths([tmp_path, tmp_path / "c.jsonl"]))
    assert [o.record.source_id for o in outcomes] == ["a/1.jsonl", "b/2.jsonl", "c.jsonl"]


def test_a_broken_file_never_stops_the_next(read: Reader, record: Maker) -> None:
    files = {"a.json": "{", "b.bin": bytes(range(256)), "c.jsonl.gz": b"\x1f\x8bnope",
             "d.jsonl": record()}  # fmt: skip
    result = read(files)
    assert len(result.conversations) == 1
    assert len(result.rejections) == 3


def test_the_same_file_gives_the_same_records(tmp_path: Path, record: Maker) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record()))
    assert [o.record for o in drain(path)] == [o.record for o in drain(path)]


def test_large_files_are_streamed(tmp_path: Path, record: Maker) -> None:
    line = json.dumps(record(turns=[{"role": "customer", "text": "where is it " * 50}] * 10))
    path = tmp_path / "a.jsonl"
    path.write_text((line + "\n") * 4_000)
    array = tmp_path / "b.json"
    array.write_text("[" + ",".join([line] * 300) + "]")
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_paths([path, array])) == 4_300
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 20_000_000
    assert peak < 10_000_000


def test_reading_loads_no_model_library() -> None:
    code = (
        "import sys, ingest.read; "
        "heavy = {'torch', 'spacy', 'nlp', 'numpy', 'sqlalchemy'} & set(sys.modules); "
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
