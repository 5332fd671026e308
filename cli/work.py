"""``throughline work``: what is pending is done here and now; what failed too often goes again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError
from typer import Argument, Context, Option

from cli.console import fail, output, problems, progress
from domain.base import now
from settings import Settings
from storage import backlog, faults
from storage.backlog import Which
from storage.database import Database
from storage.work import Kind
from workers.pipeline import ALL, Processed, drain, sweep

app = typer.Typer(add_completion=False)
KindOption = Annotated[Kind | None, Option(help="Only this kind of work")]
ReasonOption = Annotated[str | None, Option(help="Only for this reason, as `work dead` names it")]


@app.callback(invoke_without_command=True)
def work(context: Context) -> None:
    """Tag and join what is pending, in this process, until nothing is due."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings()
    with _opened(settings) as database:
        done = work_off(settings, database)
    output.print(f"done {done.done:,}, failed {done.failed:,}")
    if done.failed:
        raise typer.Exit(1)


@app.command()
def queue() -> None:
    """Tell how much work waits, of which kind, and for how long."""
    with _opened(Settings()) as database, database.reading() as session:
        found = backlog.backlog(session, now())
    table = _table("kind", "due", "in work", "later", "dead", "oldest due")
    for one in found:
        counts = (one.due, one.claimed, one.scheduled, one.parked)
        table.add_row(one.kind, *(f"{count:,}" for count in counts), f"{one.oldest_seconds:,.0f} s")
    output.print(table)


@app.command()
def dead(
    kind: KindOption = None,
    reason: ReasonOption = None,
    limit: Annotated[int, Option(min=1, help="Rows that are shown")] = 20,
) -> None:
    """List work that failed too often, with the reason; `work replay` has it tried again."""
    which = Which(kind=kind, reason=reason)
    with _opened(Settings()) as database, database.reading() as session:
        counted = backlog.reasons(session, which)
        found = backlog.parked(session, limit, which=which)
    if not counted:
        output.print("no dead letters")
        return
    table = _table("kind", "reason", "count", "since")
    for one in counted:
        table.add_row(one.kind, one.reason, f"{one.count:,}", _moment(one.since))
    output.print(table, "")
    table = _table("id", "kind", "subject", "reason", "attempts", "given up")
    for item in found:
        table.add_row(
            str(item.id),
            item.kind,
            item.subject_id,
            item.error or "unknown",
            str(item.attempts),
            _moment(item.parked_at),
        )
    output.print(table)
    hidden = sum(one.count for one in counted) - len(found)
    if hidden > 0:
        output.print(f"and {hidden:,} more; --limit shows them")


@app.command()
def replay(
    ids: Annotated[list[int] | None, Argument(help="Ids that `work dead` names")] = None,
    kind: KindOption = None,
    reason: ReasonOption = None,
    every: Annotated[bool, Option("--all", help="All there are")] = False,
) -> None:
    """Have work that failed too often tried again: some, those of a kind or reason, or all."""
    if not (ids or kind or reason or every):
        fail("say which: ids, --kind, --reason, or --all; `throughline work dead` lists them")
    settings = Settings()
    which = Which(kind=kind, reason=reason)
    with _opened(settings) as database:
        count = database.run(
            lambda session: backlog.replay(session, now(), ids or None, which=which)
        )
    output.print(f"{count:,} go again")
    if count and settings.embedded:
        output.print("`throughline work` does it now, `throughline serve` while it runs")
    elif count:
        hint_workers(settings)


def hint_workers(settings: Settings) -> None:
    """Tell the workers behind the broker that there is work."""
    from workers.notify import hint  # needed only where there is a broker

    hint(settings)


def work_off(settings: Settings, database: Database, kinds: Sequence[Kind] = ALL) -> Processed:
    """Do pending work under a progress bar, with the models loaded if there is any."""
    from cli.open import open_pipeline  # slow to load, and often there is nothing to do

    sweep(database, settings.vector_days)
    with database.reading() as session:
        total = sum(q.due for q in backlog.backlog(session, now()) if q.kind in kinds)
    if not total:
        return Processed()
    try:
        with progress("tagging and joining", total) as bar:
            pipeline = open_pipeline(settings, database)
            result = drain(
                pipeline, kinds=kinds, progress=lambda done: bar.at(done.claimed - done.ahead)
            )
    except SQLAlchemyError as error:
        if not faults.of_database(error):
            raise
        fail(
            f"the database failed ({type(error).__name__}): look at its disk and whether another "
            "process holds it, then run `throughline work`; what was accepted waits",
            code=1,
        )
    if result.failed:
        problems.print(
            f"{result.failed} could not be worked on; they will be tried again, "
            "and `throughline work` does so now"
        )
    return result


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    from cli.open import open_database  # after --help

    database = open_database(settings)
    try:
        yield database
    finally:
        database.dispose()


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"
