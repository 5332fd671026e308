"""A log is read whatever its size, zones and depth, and comes out again as it came in."""

import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from journey.mining.log import Broken, Keys, LogEvent
from journey.mining.xes import read_xes
from journey.mining.xes_write import write_xes

HEAD = '<?xml version="1.0"?>\n<log xmlns="http://www.xes-standard.org/">'


def event(name: str = "ask", time: str = "2026-03-01T09:30:00.000+02:00", more: str = "") -> str:
    return (
        f'<event><string key="concept:name" value="{name}"/>'
        f'<date key="time:timestamp" value="{time}"/>{more}</event>'
    )


def trace(*events: str, name: str = "C1") -> str:
    return f'<trace><string key="concept:name" value="{name}"/>{"".join(events)}</trace>'


def read(path: Path, *traces: str, keys: Keys | None = None) -> list[LogEvent | Broken]:
    path.write_text(f"{HEAD}{''.join(traces)}</log>", encoding="utf-8")
    return list(read_xes(path, keys) if keys else read_xes(path))


def test_times_are_utc_and_their_zone_is_kept(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.xes", trace(event()))
    assert isinstance(found, LogEvent)
    assert found.at == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
    assert found.utc_offset == timedelta(hours=2)


def test_a_time_without_zone_is_read_as_utc_and_can_be_told_apart(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.xes", trace(event(time="2026-03-01T09:30:00")))
    assert isinstance(found, LogEvent)
    assert found.at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert found.utc_offset is None


def test_nested_attributes_and_lists_are_kept(tmp_path: Path) -> None:
    nested = (
        '<string key="who" value="ann"><int key="level" value="2"/></string>'
        '<list key="tags"><values><string key="tag" value="a"/><string key="tag" value="b"/>'
        "</values></list>"
    )
    (found,) = read(tmp_path / "a.xes", trace(event(more=nested)))
    assert isinstance(found, LogEvent)
    assert found.attributes["who"] == {"value": "ann", "children": {"level": 2}}
    assert found.attributes["tags"] == [{"tag": "a"}, {"tag": "b"}]


def test_a_broken_event_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good, bad_time = event(), event(time="yesterday")
    no_time = '<event><string key="concept:name" value="x"/></event>'
    no_name = '<event><date key="time:timestamp" value="2026-01-01T00:00:00Z"/></event>'
    found = read(tmp_path / "a.xes", trace(good, bad_time, no_time, no_name, good))
    broken = [item for item in found if isinstance(item, Broken)]
    assert [(item.where, item.field) for item in broken] == [
        ("trace 1, event 2", "time:timestamp"),
        ("trace 1, event 3", "time:timestamp"),
        ("trace 1, event 4", "concept:name"),
    ]
    assert len(found) - len(broken) == 2
    assert all("yesterday" not in item.reason for item in broken)


def test_a_file_that_breaks_off_gives_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.xes.gz"
    whole = gzip.compress(f"{HEAD}{trace(event())}{trace(event())}".encode())
    path.write_bytes(whole)
    found = list(read_xes(path))
    assert [type(item) for item in found] == [LogEvent, LogEvent, Broken]
    path.write_bytes(whole[:-6])
    assert isinstance(list(read_xes(path))[-1], Broken)


def test_case_and_activity_can_be_other_attributes(tmp_path: Path) -> None:
    more = '<string key="lifecycle:transition" value="start"/><string key="desk" value="D"/>'
    keys = Keys(case="desk", activity="concept:name+lifecycle:transition")
    (found,) = read(tmp_path / "a.xes", trace(event(more=more)), keys=keys)
    assert isinstance(found, LogEvent)
    assert (found.case_id, found.activity) == ("D", "ask+start")


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    def peak(traces: int) -> int:
        path = tmp_path / f"{traces}.xes"
        path.write_text(f"{HEAD}{trace(event(), event()) * traces}</log>")
        tracemalloc.start()
        assert sum(1 for _ in read_xes(path)) == 2 * traces
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    assert peak(3000) < 1.5 * peak(600)


texts = st.text("ab é<>&\"'\t\n猫", min_size=1, max_size=8)
values = st.one_of(texts, st.integers(-(2**53), 2**53), st.booleans())


@given(
    names=st.lists(texts, min_size=1, max_size=5),
    extra=st.dictionaries(texts, values, max_size=3),
    minutes=st.integers(-12 * 60, 14 * 60),
)
def test_what_is_written_is_read_again(
    names: list[str],
    extra: dict[str, str | int | bool],
    minutes: int,
    tmp_path_factory: object,
) -> None:
    path = tmp_path_factory.mktemp("xes") / "log.xes"  # type: ignore[attr-defined]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    zone = timedelta(minutes=minutes)
    events = [LogEvent("c", name, at, zone, extra) for name in names]
    assert write_xes(events, path) == len(events)
    found = list(read_xes(path))
    assert [(e.case_id, e.activity, e.at, e.utc_offset) for e in found] == [
        (e.case_id, e.activity, e.at, e.utc_offset) for e in events
    ]
    assert all(extra.items() <= e.attributes.items() for e in found)
