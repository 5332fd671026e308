import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.conversation import Conversation
from domain.event import Event
from ingest.options import ReadOptions
from ingest.outcome import Item, Rejection
from ingest.read import read_paths


@dataclass(frozen=True)
class Read:
    items: list[Item]
    rejections: list[Rejection]

    @property
    def conversations(self) -> list[Conversation]:
        return [i.record for i in self.items if isinstance(i.record, Conversation)]

    @property
    def events(self) -> list[Event]:
        return [i.record for i in self.items if isinstance(i.record, Event)]

    @property
    def conversation(self) -> Conversation:
        assert not self.rejections, self.rejections
        assert len(self.conversations) == 1
        return self.conversations[0]

    @property
    def event(self) -> Event:
        assert not self.rejections, self.rejections
        assert len(self.events) == 1
        return self.events[0]

    @property
    def repairs(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for item in self.items:
            for kind, count in item.repairs.items():
                total[kind] = total.get(kind, 0) + count
        return total


Reader = Callable[..., Read]


def _content(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    return json.dumps(value).encode()


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Write files into a folder and read it: names to bytes, text or JSON values."""

    def run(files: Mapping[str, Any], **options: object) -> Read:
        for name, value in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_content(value))
        outcomes = list(read_paths([tmp_path], ReadOptions(**options)))
        return Read(
            [o for o in outcomes if isinstance(o, Item)],
            [o for o in outcomes if isinstance(o, Rejection)],
        )

    return run


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """A small canonical conversation; keywords replace its fields."""

    def make(**changes: object) -> dict[str, Any]:
        base: dict[str, Any] = {
            "source": "desk",
            "source_id": "D1",
            "channel": "chat",
            "started_at": "2026-03-02T09:00:00Z",
            "turns": [{"role": "customer", "text": "where is my parcel"}],
        }
        return base | changes

    return make
