"""What one running application holds, made at its start and handed to the endpoints."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import Request

from api.model import Model
from api.problems import Problem
from api.room import Room
from api.telemetry import Telemetry
from settings import Settings
from storage.database import Database
from workers.mart_filler import MartFiller
from workers.telemetry import Tracing
from workers.watch import Watch


class Running:
    """The keyed requests that this process is working on."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def only(self, name: str) -> Iterator[None]:
        """Hold a name; whoever comes with the same one meanwhile is refused.

        Raises
        ------
        Problem
            409.
        """
        with self._lock:
            if name in self._names:
                detail = "A request with this Idempotency-Key is still in work. Ask again soon."
                raise Problem(409, detail, slug="still-running", headers={"Retry-After": "1"})
            self._names.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._names.discard(name)


@dataclass
class State:
    """The parts of an application."""

    settings: Settings
    database: Database
    model: Model
    telemetry: Telemetry
    tracing: Tracing
    watch: Watch
    """Is told what is done in this process."""
    wake: Callable[[], None]
    """Tells whoever does the work that there is some; called after every commit."""
    room: Room
    """Tells whether more records may come in."""
    filler: MartFiller | None = None
    """Fills the tables for analysis; None where none can be kept."""
    running: Running = field(default_factory=Running)


def state_of(request: Request) -> State:
    """Give the parts of the application that a request came to."""
    state: State = request.app.state.throughline
    return state


def room(request: Request) -> None:
    """Refuse a request that brings records where there is no room for more."""
    state_of(request).room.check()
