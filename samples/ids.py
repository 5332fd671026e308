"""Ids and times in the shapes that vendors give them, derived from the sample's keys."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

Json = dict[str, Any]

SOURCES = {
    "zendesk": "zendesk",
    "intercom": "intercom",
    "contact_lens": "contact_lens",
    "whisperx": "whisper",
    "vtt": "webvtt",
    "srt": "srt",
    "canonical": "desk",
    "csv": "csv",
}
"""Name of the source that each format of the sample is read as."""


def draw(key: str, below: int) -> int:
    """Draw a number from 0 to ``below`` - 1 that hangs on the key alone."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % below


def number(key: str, digits: int) -> int:
    """Derive an id of so many digits."""
    low = int(10 ** (digits - 1))
    return low + draw(key, 9 * low)


def hexadecimal(key: str, digits: int) -> str:
    """Derive a hexadecimal id."""
    return hashlib.sha256(key.encode()).hexdigest()[:digits]


def uuid_of(key: str) -> str:
    """Derive a UUID."""
    return str(uuid.UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4))


def source_id(format_name: str, key: str) -> str:
    """Give the id by which the export of a format calls a contact."""
    if format_name == "zendesk":
        return str(number(f"ticket {key}", 7))
    if format_name == "intercom":
        return str(number(f"conversation {key}", 15))
    if format_name == "contact_lens":
        return uuid_of(f"contact {key}")
    if format_name == "canonical":
        return f"D-{number(f'desk {key}', 8)}"
    if format_name == "csv":
        return f"C{number(f'csv {key}', 8)}"
    return key


def iso(moment: datetime) -> str:
    """Write a moment as ``2026-03-02T09:14:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(moment: datetime) -> int:
    """Write a moment in seconds since 1970."""
    return int(moment.timestamp())


def as_json(data: object) -> str:
    """Write JSON for people to read, the same way each time."""
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def as_lines(rows: Iterable[object]) -> str:
    """Write JSON lines, the same way each time."""
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)


def brand_host(brand: str) -> str:
    """Give the mail host of a brand."""
    return f"{brand.replace('_', '')}.example"
