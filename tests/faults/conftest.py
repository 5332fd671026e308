"""Private services for the fault tests, made once a session; in CI none of them may be missing."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet
from tests.faults.servers import Broker, PostgreSQL, RabbitMQ, Redis
from tests.faults.service import Absent, Service

HERE = Path(__file__).parent
MakeFleet = Callable[..., Fleet]
Report = Callable[[str], None]
_numbers = count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.services)
            item.add_marker(pytest.mark.slow)
            # The sum of many generous waits: it ends a hang, it judges nothing.
            item.add_marker(pytest.mark.timeout(900))


def absent(error: Absent) -> None:
    """Skip by name; in CI a fault test that does not run is a failure."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"in CI every fault test must run: {error}")
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Give a folder that the services' users can reach."""
    path = Path(tempfile.mkdtemp(prefix="throughline-faults-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def _serve(make: Callable[[Path], Service], folder: Path) -> Iterator[Service]:
    try:
        service = make(folder)
    except Absent as error:
        absent(error)
        raise
    try:
        service.start()
        yield service
    finally:
        service.kill()


@pytest.fixture(scope="session")
def postgresql(folder: Path) -> Iterator[Service]:
    yield from _serve(PostgreSQL, folder)


@pytest.fixture(scope="session")
def rabbitmq(folder: Path) -> Iterator[Service]:
    yield from _serve(RabbitMQ, folder)


@pytest.fixture(scope="session")
def redis(folder: Path) -> Iterator[Service]:
    yield from _serve(Redis, folder)


@pytest.fixture(params=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Give each broker."""
    broker: Broker = request.getfixturevalue(request.param)
    return broker


@contextmanager
def _fleets(postgresql: PostgreSQL, folder: Path) -> Iterator[MakeFleet]:
    made: list[Fleet] = []

    def make(broker: Broker, **options: object) -> Fleet:
        name = f"fleet_{next(_numbers)}"
        place = folder / name
        place.mkdir()
        url = postgresql.create(name)
        made.append(Fleet(url, broker.url(), place, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for fleet in made:
        fleet.stop()


@pytest.fixture
def make_fleet(postgresql: PostgreSQL, folder: Path) -> Iterator[MakeFleet]:
    """Give a maker of deployments, each on an empty database; all are stopped in the end."""
    with _fleets(postgresql, folder) as make:
        yield make


@pytest.fixture(scope="module")
def make_shared_fleet(postgresql: PostgreSQL, folder: Path) -> Iterator[MakeFleet]:
    """Give the same maker, of deployments that all tests of a file share."""
    with _fleets(postgresql, folder) as make:
        yield make


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Give what tells figures of a run to the person who watches, passed or not."""
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")

    def tell(line: str) -> None:
        if terminal is not None:
            terminal.write_line(f"\n{line}")

    return tell
