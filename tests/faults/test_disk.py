"""A full disk: a clear 503, nothing half written, and it goes on when there is room again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.faults.checks import violations
from tests.faults.conftest import absent
from tests.faults.fleet import Fleet
from tests.faults.made import conversation, ids
from tests.faults.servers import PostgreSQL, Redis
from tests.faults.service import Absent, binary, until
from tests.faults.test_away import refused

SIZE_MB = 160
KEPT = range(20)
LARGE = 1_000
"""Number of the first record that needs much room."""


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a file system of its own that is soon full."""
    place = folder / "disk"
    place.mkdir()
    try:
        if os.geteuid() != 0:
            raise Absent("only root may mount a small disk")
        mount = [binary("mount"), "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0711", "tmpfs"]
        done = subprocess.run([*mount, str(place)], capture_output=True, check=False)
        if done.returncode != 0:
            raise Absent(f"this machine mounts no small disk: {done.stderr.decode().strip()}")
    except Absent as error:
        absent(error)
    yield place
    subprocess.run([binary("umount"), "--lazy", str(place)], check=True)


def test_a_full_disk_is_a_clear_503_and_nothing_is_half_written(
    small_disk: Path, redis: Redis, folder: Path
) -> None:
    crowded = PostgreSQL(small_disk, "--wal-segsize=1")
    logs = folder / "full"
    logs.mkdir()
    fleet = None
    try:
        crowded.start()
        fleet = Fleet(crowded.create("full"), redis.url(), logs, workers=1)
        fleet.start()
        with fleet.client() as client:
            first = [conversation(number) for number in KEPT]
            assert client.post("/v1/conversations", json=first).status_code == 202
            until(fleet.tended(lambda: fleet.left() == 0), "the end of the work", 600)
            refused_at = fill_up(client, small_disk / "filler")
            until(partial(comes_back, crowded), "return of the database", 600)
            accepted = ids(KEPT) | ids(range(LARGE, refused_at))
            # The answer to a commit may be lost on the way: all of a record or nothing.
            assert accepted <= fleet.known() <= accepted | ids(range(refused_at, refused_at + 1))
            again = client.post("/v1/conversations", json=large(refused_at))
            assert again.status_code == 202, again.text
        until(fleet.tended(lambda: fleet.left() == 0), "the end of the work", 600)
        everything = ids(KEPT) | ids(range(LARGE, refused_at + 1))
        assert not violations(fleet.database, everything)
    finally:
        if fleet is not None:
            fleet.stop()
        crowded.kill()


def fill_up(client: httpx.Client, filler: Path) -> int:
    """Leave no room, send until a record is refused, make room; give the record's number."""
    with filler.open("wb", buffering=0) as file:
        for step in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    file.write(b"0" * step)
    try:
        # Pages and log segments that are there already take some more.
        for number in range(LARGE, LARGE + SIZE_MB * 20):
            answer = client.post("/v1/conversations", json=large(number))
            if answer.status_code != 202:
                refused(answer)
                return number
    finally:
        filler.unlink()
    raise AssertionError("the disk never was full")


def comes_back(crowded: PostgreSQL) -> bool:
    """Whether the database serves; a server that gave up is started as its supervisor would."""
    if crowded.ended:
        crowded.begin()
    return crowded.answers()


def large(number: int) -> dict[str, object]:
    """Invent a record that takes much room and is read quickly."""
    noise = Random(number).randbytes(50_000).hex()
    return {**conversation(number), "metadata": {"noise": noise}}
