"""``throughline up``: all processes of a deployment on one machine, without containers."""

import re
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from cli.console import fail, output, problems
from cli.processes import Process, Supervisor
from settings import Settings

LINE = re.compile(r"(?P<name>[\w-]+):\s*(?P<command>\S.*)")
PORTS_APART = 100
"""Between the ports of two lines, as other runners of such files do it."""

app = typer.Typer(add_completion=False)


@app.command()
def up(
    procfile: Annotated[Path, Option(help="One line a process: its name and its command")] = Path(
        "Procfile"
    ),
    port: Annotated[
        int, Option(min=1, help="PORT of the first line; +100 for each line, +1 for each further")
    ] = 8000,
    scale: Annotated[
        list[str] | None, Option(metavar="NAME=N", help="Processes of a line, such as worker=2")
    ] = None,
) -> None:
    """Upgrade the database, then start the API, workers and clock, and keep them running.

    Who ends is started again. Stop with Ctrl-C or SIGTERM: each finishes what it has in hand.
    Needs THROUGHLINE_BROKER_URL; without a broker `throughline serve` does it all.
    """
    settings = Settings()
    if settings.embedded:
        fail("`up` needs a broker: set THROUGHLINE_BROKER_URL, or run `throughline serve`")
    processes = plan(_lines(procfile), port, _counts(scale or []))
    _prepare(settings)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    names = ", ".join(process.name for process in processes)
    problems.print(f"starting {names}; stop with Ctrl-C", soft_wrap=True)
    Supervisor(processes, lambda line: output.print(line, markup=False, soft_wrap=True)).run(
        stopping
    )


def plan(lines: dict[str, str], port: int, counts: dict[str, int]) -> list[Process]:
    """Say which processes there are, each with a port of its own.

    Parameters
    ----------
    lines : dict of str to str
        Commands by name.
    counts : dict of str to int
        How many of each; one where nothing is said.
    """
    unknown = counts.keys() - lines.keys()
    if unknown:
        fail(f"--scale names {', '.join(sorted(unknown))}, but there is {', '.join(lines)}")
    return [
        Process(f"{name}.{number + 1}", command, port + PORTS_APART * line + number)
        for line, (name, command) in enumerate(lines.items())
        for number in range(counts.get(name, 1))
    ]


def _lines(procfile: Path) -> dict[str, str]:
    try:
        written = procfile.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        fail(f"cannot read {procfile}: {error.strerror}; name one with --procfile")
    lines = {}
    for number, line in enumerate(written, 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = LINE.fullmatch(line.strip())
        if found is None:
            fail(f"{procfile}:{number} is not `name: command`")
        lines[found["name"]] = found["command"]
    return lines


def _counts(scale: list[str]) -> dict[str, int]:
    counts = {}
    for one in scale:
        name, _, number = one.partition("=")
        if not number.isdecimal():
            fail(f"--scale {one} is not NAME=N")
        counts[name] = int(number)
    return counts


def _prepare(settings: Settings) -> None:
    """Do once what the processes would otherwise all do at the same time."""
    from cli.open import ensure_models  # after --help
    from storage.database import Database

    ensure_models(settings)
    database = Database(settings.database_url.get_secret_value())
    database.upgrade()
    database.dispose()
