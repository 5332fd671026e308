"""How the command line speaks: results to standard output, all else to standard error."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

output = Console(highlight=False, soft_wrap=False)
problems = Console(stderr=True, highlight=False)


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what is wrong and what to do, and stop with an exit code."""
    problems.print(f"throughline: {message}", markup=False, soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator["Bar"]:
    """Show a bar on standard error; where that is no terminal, nothing."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=problems, disable=not problems.is_terminal) as shown:
        yield Bar(shown, title, total)


class Bar:
    """One line of progress."""

    def __init__(self, shown: Progress, title: str, total: int | None) -> None:
        self._shown = shown
        self._task = shown.add_task(title, total=total)

    def advance(self, count: int = 1) -> None:
        """Move on by a number of steps."""
        self._shown.advance(self._task, count)

    def at(self, done: int, total: int | None = None) -> None:
        """Stand at a number of steps, of a total that may have changed."""
        self._shown.update(self._task, completed=done, total=total)

    def tell(self, step: str, done: int, total: int) -> None:
        """Stand at a number of steps of work that goes by this name."""
        self._shown.update(self._task, description=step, completed=done, total=total)


@contextmanager
def reading(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading; ``-`` is standard input."""
    if path == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(path).open("rb"))
        except OSError as error:
            fail(f"cannot read {path}: {error.strerror}")
        yield file


@contextmanager
def writing(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing; ``-`` is standard output."""
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(path).open("wb"))
        except OSError as error:
            fail(f"cannot write {path}: {error.strerror}")
        yield file
