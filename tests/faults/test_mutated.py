"""The harness sees what it is there to see: without the claim or the sweep, the same run fails."""

import pytest

from tests.faults.chaos import Run
from tests.faults.conftest import MakeFleet, Report
from tests.faults.servers import PostgreSQL, Redis

RECORDS = 150
LATEST = 0.3
"""Share of the records after which nothing is killed: what is lost would never be done."""


@pytest.mark.parametrize(
    ("without", "shown"),
    [("claim", "conversations never read"), ("sweep", "left over: tag claimed")],
)
def test_a_run_fails_with_a_safeguard_taken_out(
    make_fleet: MakeFleet,
    postgresql: PostgreSQL,
    redis: Redis,
    without: str,
    shown: str,
    report: Report,
) -> None:
    fleet = make_fleet(redis, without=without)
    fleet.start()
    run = Run(fleet, postgresql, redis, records=RECORDS, seed=3, overdue_s=20, ahead=RECORDS)
    told = run.go([run.kill_busy_worker] * 3, LATEST)
    report(f"without the {without}: {told}")
    assert any(shown in violation for violation in told.violations)


def test_the_same_run_passes_with_all_safeguards(
    make_fleet: MakeFleet, postgresql: PostgreSQL, redis: Redis
) -> None:
    fleet = make_fleet(redis)
    fleet.start()
    run = Run(fleet, postgresql, redis, records=RECORDS, seed=3, ahead=RECORDS)
    told = run.go([run.kill_busy_worker] * 3, LATEST)
    assert not told.violations
