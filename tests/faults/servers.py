"""PostgreSQL, RabbitMQ and Redis as private instances; the machine's own are never touched."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from kombu import Connection
from redis import Redis as RedisClient
from redis.exceptions import RedisError

from tests.faults.service import Service, binary, free_port

POSTGRESQL_FOLDERS = "/usr/lib/postgresql/*/bin"
RABBITMQ_FOLDERS = ("/usr/lib/rabbitmq/bin", "/usr/local/opt/rabbitmq/sbin", "/opt/rabbitmq/sbin")


class PostgreSQL(Service):
    """A cluster that keeps what it commits, with databases by name."""

    name = "postgresql"
    user = "postgres"

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        self.server = binary("postgres", POSTGRESQL_FOLDERS)
        self.run(
            binary("initdb", POSTGRESQL_FOLDERS),
            *("--pgdata", str(self.data), "--username=postgres", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
            *options,
        )

    def command(self) -> Sequence[str]:
        settings = (
            f"listen_addresses={','.join(self.addresses)}",
            f"port={self.port}",
            "max_connections=100",
            f"unix_socket_directories={self.folder}",
        )
        return [self.server, "-D", str(self.data), *(x for s in settings for x in ("-c", s))]

    def ask_to_stop(self) -> None:
        # "Fast": clients are sent away, what was committed is kept.
        self.send(signal.SIGINT)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name: str) -> str:
        """Give the URL of a database."""
        return f"postgresql://postgres@{self.host}:{self.port}/{name}"

    def create(self, name: str) -> str:
        """Make an empty database and give its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


class RabbitMQ(Service):
    """A node with a name, a cookie and a port mapper of its own."""

    name = "rabbitmq"
    user = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = binary("rabbitmq-server", *RABBITMQ_FOLDERS)
        if self.server.startswith(("/usr/sbin", "/sbin")):  # a wrapper that wants root
            self.server = binary("rabbitmq-server", RABBITMQ_FOLDERS[0])
        self.mapper_port, self.node_port = free_port(), free_port()
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(f"throughline{self.port}")
        cookie.chmod(0o400)
        plugins = self.folder / "enabled_plugins"
        plugins.write_text("[].\n")
        self.own(cookie, plugins)
        self.mapper: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        return [self.server]

    def environment(self) -> Mapping[str, str]:
        return {
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"throughline{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.node_port),
            "RABBITMQ_MNESIA_BASE": str(self.data),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none-env"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "config"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"
            " -start_epmd false",
        }

    def begin(self) -> None:
        self._map()
        super().begin()

    def ask_to_stop(self) -> None:
        # The shell around it would start a whole Erlang node to say the same.
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                if child.name().startswith("beam"):
                    child.terminate()

    def kill(self) -> None:
        super().kill()
        if self.mapper is not None:
            self.mapper.kill()
            self.mapper.wait()
            self.mapper = None

    def answers(self) -> bool:
        try:
            with Connection(self.url(), connect_timeout=3) as connection:
                connection.connect()
        except OSError:
            return False
        return True

    def url(self) -> str:
        """Give the broker's URL."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def _map(self) -> None:
        places = ("/usr/lib/erlang/erts-*/bin", "/usr/lib/erlang/bin")
        with self.log.open("ab") as log:
            self.mapper = subprocess.Popen(
                [
                    *self.as_user(),
                    binary("epmd", *places),
                    "-port",
                    str(self.mapper_port),
                    "-address",
                    "127.0.0.1",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class Redis(Service):
    """A server that writes each command to disk before it is lost from memory."""

    name = "redis"
    user = "redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = binary("redis-server")

    def command(self) -> Sequence[str]:
        return [
            self.server,
            "--port",
            str(self.port),
            "--bind",
            *self.addresses,
            "--dir",
            str(self.data),
            "--appendonly",
            "yes",
            "--save",
            "",
            "--protected-mode",
            "no",
        ]

    def answers(self) -> bool:
        try:
            with RedisClient(host=self.host, port=self.port, socket_timeout=3) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False

    def url(self) -> str:
        """Give the broker's URL."""
        return f"redis://{self.host}:{self.port}/0"

    def lose_everything(self) -> None:
        """Kill it and take its disk away."""
        self.kill()
        self.run("find", str(self.data), "-mindepth", "1", "-delete")
        self.start()


Broker = RabbitMQ | Redis
