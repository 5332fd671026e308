"""Runs of definitions that are kept: found again for a while, closed without another call."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi.testclient import TestClient

from api import definition_runs
from api.app import create_app
from api.definition_runs import KEPT, RUNS, Runs
from journey.definitions.definition import Definition
from journey.definitions.form import Period
from settings import Settings
from storage.database import Database
from workers.tagging import Tagger

DATABASE = Database("sqlite://")


class Engines:
    """Stands for what runs: counts what was begun and what is open."""

    def __init__(self) -> None:
        self.begun = 0
        self.open = 0
        self.fails = False

    @contextmanager
    def ran(self, *_: object) -> Iterator[object]:
        if self.fails:
            raise PermissionError
        self.begun += 1
        self.open += 1
        time.sleep(0.05)
        yield object()
        self.open -= 1


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    engines = Engines()
    monkeypatch.setattr(definition_runs, "ran_definition", engines.ran)
    return engines


def use(runs: Runs, name: str = "refund") -> None:
    definition = cast("Definition", SimpleNamespace(id=name, version="1"))
    with runs.open(DATABASE, definition, Period()) as ran:
        assert ran is not None


def test_callers_at_once_wait_for_one_run(engines: Engines) -> None:
    runs = Runs()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: use(runs), range(8)))
    assert (engines.begun, engines.open) == (1, 1)
    runs.close()
    assert engines.open == 0
    use(runs)
    assert engines.begun == 2
    runs.close()


def test_a_run_is_closed_after_its_time_though_nobody_calls(engines: Engines) -> None:
    use(Runs(seconds=0.2))
    assert engines.open == 1
    end = time.monotonic() + 30
    while engines.open and time.monotonic() < end:
        time.sleep(0.01)
    assert engines.open == 0


def test_a_run_whose_time_is_over_is_closed_behind_its_caller(engines: Engines) -> None:
    runs = Runs(seconds=0.1)
    definition = cast("Definition", SimpleNamespace(id="refund", version="1"))
    with runs.open(DATABASE, definition, Period()):
        time.sleep(0.3)
        assert engines.open == 1
    runs.close()
    use(runs)
    assert engines.begun == 2
    runs.close()


def test_the_oldest_make_room_and_a_failed_one_is_tried_again(engines: Engines) -> None:
    runs = Runs()
    for n in range(KEPT + 2):
        use(runs, str(n))
    assert engines.open == KEPT
    engines.fails = True
    with pytest.raises(PermissionError):
        use(runs, "new")
    engines.fails = False
    use(runs, "new")
    runs.close()
    assert engines.open == 0


def test_the_end_of_the_application_closes_all(
    engines: Engines, settings: Settings, tagger: Tagger
) -> None:
    with TestClient(create_app(settings, lambda _settings, _database: tagger)):
        use(RUNS)
        assert engines.open == 1
    assert engines.open == 0
