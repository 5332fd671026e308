"""Twenty faults in one run, and nothing is lost, doubled or left over."""

import os

from tests.faults.chaos import Run
from tests.faults.conftest import MakeFleet, Report
from tests.faults.servers import Broker, PostgreSQL

RECORDS = int(os.environ.get("FAULTS_RECORDS", "5000"))
"""Fewer while one works on the harness."""
SEED = int(os.environ.get("FAULTS_SEED", "2026"))


def test_nothing_is_lost_or_doubled_under_twenty_faults(
    make_fleet: MakeFleet, postgresql: PostgreSQL, broker: Broker, report: Report
) -> None:
    fleet = make_fleet(broker)
    fleet.start()
    run = Run(fleet, postgresql, broker, records=RECORDS, seed=SEED)
    told = run.go(run.everything())
    report(f"{broker.name}, {RECORDS} conversations: {told}")
    assert len(told.faults) == 20
    assert not told.violations
