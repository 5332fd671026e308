"""The soak runs, judges what it saw, and writes figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from eval.soak_curve import Point, judge
from tests.faults.conftest import MakeFleet
from tests.faults.fleet import ROOT
from tests.faults.servers import PostgreSQL, RabbitMQ


def test_a_short_soak_ends_flat_with_nothing_left(
    make_fleet: MakeFleet, postgresql: PostgreSQL, rabbitmq: RabbitMQ, folder: Path
) -> None:
    fleet = make_fleet(rabbitmq)  # its settings; the soak starts processes of its own
    told = folder / "soak.json"
    place = folder / "soak"
    asked = ["--minutes", "2", "--rate", "2", "--every", "5"]
    done = subprocess.run(
        [sys.executable, "-m", "eval.soak", *asked, "--json", str(told), "--logs", str(place)],
        cwd=ROOT,
        env=fleet.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.exists(), done.stdout + done.stderr
    curve = json.loads(told.read_text())
    points = [Point(**point) for point in curve["points"]]
    end = points[-1]
    assert (end.sent, end.waiting, end.parked) == (240, 0, 0)
    assert set(end.mb) == {"api", "worker"}
    # Caches still fill in so short a time: a tenth is what a leak of a conversation each passes.
    assert all(share < 0.1 for share in curve["verdict"]["share"].values())


@pytest.mark.parametrize(
    ("mb", "age", "left", "flat"),
    [(0.0, 0.0, 0, True), (2.0, 0.0, 0, False), (0.0, 1.0, 0, False), (0.0, 0.0, 1, False)],
)
def test_what_grows_is_told(mb: float, age: float, left: int, flat: bool) -> None:
    points = [
        Point(float(n), n, 0, 0, age_s=(n % 2) + age * n, mb={"worker": 500 + (n % 3) + mb * n})
        for n in range(41)
    ]
    points.append(Point(41.0, 41, left, 0, 0.0, {"worker": 500.0}))
    assert judge(points).flat is flat
