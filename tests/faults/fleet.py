"""The product's own processes, as an operator starts them: API, workers, beat."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
from sqlalchemy import func, select

from api.auth import Scope
from domain.base import now
from storage import api_keys
from storage.database import Database
from storage.tables import Base, ConversationRow, WorkRow
from tests.faults.service import PATIENCE_S, dying_with_parent, free_port, until

ROOT = Path(__file__).parents[2]
LEASE_S = 15


class Member:
    """One command of the product, with all its children."""

    def __init__(
        self, name: str, command: Sequence[str], environment: dict[str, str], folder: Path
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it may take a while to serve."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def ended(self) -> bool:
        """Whether it was started and is gone."""
        return self.process is not None and self.process.poll() is not None

    def children(self) -> list[psutil.Process]:
        """Give the processes that it started."""
        if self.process is None or self.ended:
            return []
        with suppress(psutil.NoSuchProcess):
            found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
            return found
        return []

    def kill(self) -> None:
        """Kill it and its children as a machine that loses power does."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE_S)
            self.process = None

    def stop(self) -> None:
        """Ask it to stop; kill it where it does not."""
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
        self.kill()


class Fleet:
    """One deployment: an API, workers and a clock on one database and one broker.

    Parameters
    ----------
    database_url, broker_url : str
        Of the services.
    folder : Path
        For logs.
    workers : int
        Worker processes, each with one child that holds a model.
    without : str
        What is taken out of the product, see ``mutated``; nothing by default.
    """

    def __init__(
        self,
        database_url: str,
        broker_url: str,
        folder: Path,
        *,
        workers: int = 2,
        without: str = "",
        **settings: object,
    ) -> None:
        self.folder = folder
        self.database = Database(database_url)
        self.database.upgrade()
        self.key = self.database.run(
            lambda session: api_keys.create(session, "faults", [Scope.ADMIN], now())
        )
        self.port = free_port()
        self.environment = self._environment(database_url, broker_url, without, settings)
        self.module = "tests.faults.mutated" if without else "cli"
        self.api = self.member("api", "serve", "--port", str(self.port))
        self.workers = [self.worker(f"worker-{number}") for number in range(workers)]
        self.beat = self.member("beat", "worker", "--beat-only", "--log-level=WARNING")
        self.fell: Counter[str] = Counter()
        """Members that ended by themselves, and were started again."""
        self.tending = threading.Lock()

    def member(self, name: str, *command: str, prefix: Sequence[str] = ()) -> Member:
        """Make a process of ``throughline``, not yet started."""
        words = [*dying_with_parent(), *prefix, sys.executable, "-m", self.module, *command]
        return Member(name, words, self.environment, self.folder)

    def worker(self, name: str, prefix: Sequence[str] = ()) -> Member:
        """Make a worker, not yet started."""
        return self.member(name, "worker", "--log-level=WARNING", prefix=prefix)

    @property
    def members(self) -> list[Member]:
        """All of them."""
        return [self.api, *self.workers, self.beat]

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start all; wait until the API answers."""
        for member in self.members:
            member.start()
        until(self.answers, f"answer of the API (see {self.api.log})")

    def stop(self) -> None:
        """Stop all, and close the database."""
        for member in self.members:
            member.kill()
        self.database.dispose()

    def client(self) -> httpx.Client:
        """Give a client with a key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def answers(self) -> bool:
        """Whether the API is there."""
        with suppress(httpx.HTTPError), self.client() as client:
            return client.get("/healthz").is_success
        return False

    def kill(self, member: Member) -> None:
        """Kill a member and start it again, as its supervisor would."""
        with self.tending:
            member.kill()
            member.start()

    def tend(self) -> None:
        """Start again what ended by itself."""
        with self.tending:
            for member in self.members:
                if member.ended:
                    self.fell[member.name] += 1
                    member.start()

    def tended(self, happened: Callable[[], bool]) -> Callable[[], bool]:
        """Give the same question, asked by one who also starts again what has ended."""

        def ask() -> bool:
            self.tend()
            return happened()

        return ask

    def left(self) -> int:
        """Count the work that is not done."""
        return self.count(WorkRow)

    def known(self) -> set[str]:
        """Give the ids of all conversations."""
        with self.database.reading() as session:
            return set(session.scalars(select(ConversationRow.id)))

    def count(self, *tables: type[Base]) -> int:
        """Count the rows of some tables."""
        with self.database.reading() as session:
            counts = [select(func.count()).select_from(table) for table in tables]
            return sum(session.scalar(query) or 0 for query in counts)

    def _environment(
        self, database_url: str, broker_url: str, without: str, settings: dict[str, object]
    ) -> dict[str, str]:
        given = {
            "database_url": database_url,
            "broker_url": broker_url,
            "lease_seconds": LEASE_S,
            "threads": 1,
            "model_dir": ROOT / "var/models",
            "taxonomy_dir": self.folder / "taxonomies",
            **settings,
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("THROUGHLINE_")}
        named = {f"THROUGHLINE_{name.upper()}": str(value) for name, value in given.items()}
        return {**kept, **named, "PYTHONPATH": str(ROOT), "FAULTS_WITHOUT": without}
