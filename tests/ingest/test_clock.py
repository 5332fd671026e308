"""Times are read as moments in UTC; what had to be assumed is counted, nothing is clamped."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import Clock
from ingest.outcome import Tally

READ_AT = datetime(2026, 6, 30, tzinfo=UTC)
CLOCK = Clock(UTC, None, READ_AT)
MOMENT = datetime(2026, 3, 2, 9, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T09:14:00Z",
        "2026-03-02T10:14:00+01:00",
        "2026-03-02 09:14:00 UTC",
        "Mon, 02 Mar 2026 09:14:00 +0000",
        int(MOMENT.timestamp()),
        MOMENT.timestamp() * 1000,
        MOMENT.timestamp() * 1_000_000,
        str(int(MOMENT.timestamp())),
        "02.03.2026 09:14",
        "2026-03-02 09:14",
    ],
)
def test_forms_of_one_moment(value: object) -> None:
    assert CLOCK.read(value, Tally()) == MOMENT


def test_naive_times_take_the_zone_of_the_options_and_are_counted() -> None:
    tally = Tally()
    berlin = Clock(ZoneInfo("Europe/Berlin"), None, READ_AT)
    assert berlin.read("2026-03-02 10:14", tally) == MOMENT
    assert tally == {"clock_no_zone": 1}


def test_future_times_are_kept_and_counted() -> None:
    tally = Tally()
    future = READ_AT + timedelta(days=400)
    assert CLOCK.read(future.isoformat(), tally) == future
    assert tally == {"clock_future": 1}


def test_day_and_month_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="day and month"):
        CLOCK.read("03/04/2026 10:00", Tally())
    assert Clock(UTC, True, READ_AT).read("03/04/2026 10:00", Tally()).month == 4
    assert Clock(UTC, False, READ_AT).read("03/04/2026 10:00", Tally()).month == 3
    assert CLOCK.read("23/04/2026 10:00", Tally()).month == 4


@pytest.mark.parametrize(
    "value", ["", "yesterday", "10", None, True, "9" * 40, 1e300, float("nan"), "12:30", [], {}]
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="time"):
        CLOCK.read(value, Tally())


@given(st.one_of(st.text(max_size=70), st.floats(), st.integers(), st.binary(max_size=20)))
def test_any_value_is_a_moment_or_a_value_error(value: object) -> None:
    try:
        moment = CLOCK.read(value, Tally())
    except ValueError:
        return
    assert moment.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)))
def test_iso_round_trip(moment: datetime) -> None:
    assert CLOCK.read(moment.isoformat(), Tally()) == moment
