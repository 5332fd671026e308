"""Bytes of any encoding become clean text, and what was mended is counted."""

import codecs
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

Reader = Callable[..., Any]

LINE = json.dumps(
    {
        "source": "desk",
        "source_id": "D1",
        "channel": "chat",
        "started_at": "2026-03-02T09:00:00Z",
        "turns": [{"role": "customer", "text": "Grüße aus Köln, die Lieferung ist beschädigt"}],
    },
    ensure_ascii=False,
)
TEXT = "Grüße aus Köln, die Lieferung ist beschädigt"


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + LINE.encode(),
        codecs.BOM_UTF16_LE + LINE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + LINE.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + LINE.encode("utf-32-le"),
        LINE.encode("utf-16-le"),
        LINE.encode("utf-16-be"),
        LINE.encode("cp1252"),
        gzip.compress(LINE.encode()),
        gzip.compress(codecs.BOM_UTF8 + LINE.encode()),
    ],
    ids=["bom", "16le", "16be", "32le", "16le-bare", "16be-bare", "cp1252", "gz", "gz-bom"],
)
def test_every_encoding_gives_the_same_text(read: Reader, data: bytes) -> None:
    assert read({"a.jsonl": data}).conversation.turns[0].text == TEXT


def test_wrong_encoding_is_counted_and_leaves_good_lines_alone(read: Reader) -> None:
    second = LINE.replace("D1", "D2")
    result = read({"a.jsonl": LINE.encode("cp1252") + b"\n" + second.encode() + b"\n"})
    assert [c.turns[0].text for c in result.conversations] == [TEXT, TEXT]
    assert result.repairs["encoding"] == 1


@pytest.mark.parametrize("nul", [b"\0", b"\\u0000"])
def test_nul_is_removed(read: Reader, nul: bytes) -> None:
    data = LINE.encode().replace(b"aus", b"a" + nul + b"us")
    assert read({"a.jsonl": data}).conversation.turns[0].text == TEXT


def test_raw_nul_is_counted(read: Reader) -> None:
    assert read({"a.jsonl": LINE.encode() + b"\0\0\n"}).repairs["nul_bytes"] == 2


def test_lone_surrogates_do_not_reach_storage(read: Reader) -> None:
    data = LINE.encode().replace(b"aus", b"\\ud83d")
    text = read({"a.jsonl": data}).conversation.turns[0].text
    text.encode("utf-8")


def test_damaged_gzip_keeps_what_came_before(read: Reader) -> None:
    lines = "".join(LINE.replace("D1", f"D{n}") + "\n" for n in range(20_000))
    packed = gzip.compress(lines.encode(), compresslevel=0)
    result = read({"a.jsonl.gz": packed[: len(packed) // 2]})
    assert len(result.items) > 5_000
    assert len(result.rejections) == 1
    assert "damaged" in result.rejections[0].reason


def test_empty_file_is_named(read: Reader) -> None:
    assert "empty" in read({"a.jsonl": b""}).rejections[0].reason
