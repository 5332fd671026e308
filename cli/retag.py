"""``throughline retag``: read what is stored again with a new version, look, then apply."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from cli.console import fail, output, problems, progress
from cli.open import ensure_models, open_database
from cli.retag_report import report, write_page
from cli.work import hint_workers
from domain.base import now, to_utc
from domain.conversation import Channel
from domain.difference import Tally
from domain.retag import Retag, RetagState, Selection
from settings import Settings
from storage import retag as runs
from storage.database import Database
from workers.pipeline import Pipeline, drain, sweep
from workers.policy import policy_of
from workers.tagging import tagger_of

app = typer.Typer(add_completion=False)
POLL_S = 0.5
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@app.command()
def retag(
    run: Annotated[str | None, Argument(metavar="[RUN]", help="rtg_…: go on with that one")] = None,
    since: Annotated[datetime | None, Option(formats=FORMATS, help="Started then or later")] = None,
    until: Annotated[datetime | None, Option(formats=FORMATS, help="Started before")] = None,
    channel: Annotated[Channel | None, Option(help="Only this channel")] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Tell the difference, apply nothing")
    ] = False,
    go: Annotated[bool, Option("--go", help="Apply without asking")] = False,
    cancel: Annotated[bool, Option("--cancel", help="Give the open run up")] = False,
    html: Annotated[Path | None, Option(help="Write the difference as a page")] = None,
) -> None:
    """Read stored conversations again with the present version and tell what would change.

    Nothing that counts changes before you say so. Stopped or killed, the same command goes on
    where it was. People's corrections stay in force.
    """
    settings = Settings()
    database = open_database(settings)
    try:
        work = _Work(settings, database)
        found = _cancelled(database, run) if cancel else _compared(work, run, since, until, channel)
        tallies = _tallies(database, found)
        report(found, tallies)
        if html is not None:
            write_page(html, found, tallies)
        if found.state is RetagState.READY and not dry_run and _wanted(found, tallies, go):
            _apply(work, found)
        elif found.state is RetagState.READY:
            output.print(
                f"nothing was changed; `throughline retag {found.id}` asks again, "
                f"`throughline retag {found.id} --cancel` gives it up",
                soft_wrap=True,
            )
    finally:
        database.dispose()


class _Work:
    """Has the work of a run done: here, or by whoever listens to the broker."""

    def __init__(self, settings: Settings, database: Database) -> None:
        ensure_models(settings)
        self.settings = settings
        self.database = database
        with problems.status("loading the models"):
            self.tagger = tagger_of(settings, database).loaded

    def until(self, id_: str, state: RetagState, title: str) -> Retag:
        """Work until a run has come to a state, under a progress bar."""
        run = _load(self.database, id_)
        with progress(title, run.total) as bar:
            while run.state is not state:
                if run.state is RetagState.CANCELLED:
                    fail(f"{run.id} was cancelled meanwhile", 1)
                self._some()
                run = _load(self.database, id_)
                done = run.applied if state is RetagState.APPLIED else run.read
                bar.at(done, run.total)
        return run

    def _some(self) -> None:
        if self.settings.embedded:
            pipeline = Pipeline(
                self.database, self.tagger, policy_of(self.settings), worker="retag"
            )
            sweep(self.database, self.settings.vector_days)
            if drain(pipeline, seconds=POLL_S).claimed:
                return
        time.sleep(POLL_S)

    def finish(self) -> None:
        """Build the journeys anew that the new signals are part of."""
        if self.settings.embedded:
            with progress("rebuilding journeys") as bar:
                pipeline = Pipeline(self.database, self.tagger, policy_of(self.settings))
                drain(pipeline, progress=lambda done: bar.at(done.claimed))

    def hint(self) -> None:
        """Tell the workers behind a broker, where there is one."""
        if not self.settings.embedded:
            hint_workers(self.settings)


def _compared(
    work: _Work,
    id_: str | None,
    since: datetime | None,
    until: datetime | None,
    channel: Channel | None,
) -> Retag:
    """Begin a run, or find the one that is meant, and compare to the end."""
    chosen = Selection(since=_utc(since), until=_utc(until), channel=channel)
    found = _load(work.database, id_) if id_ else _begun(work, chosen)
    if found.open and found.tagger != work.tagger.version:
        fail(
            f"{found.id} is for version {found.tagger} and this is {work.tagger.version}: "
            f"give it up with `throughline retag {found.id} --cancel`"
        )
    work.hint()
    if found.state is RetagState.COMPARING:
        return work.until(found.id, RetagState.READY, "reading again")
    if found.state is RetagState.APPLYING:
        _apply(work, found)
        raise typer.Exit
    return found


def _begun(work: _Work, chosen: Selection) -> Retag:
    version = work.tagger.version
    try:
        found = work.database.run(
            lambda session: runs.begin(session, version, chosen, "cli", now())
        )
    except runs.OpenError as error:
        found = error.retag
        if found.selection not in (chosen, Selection()) and chosen != Selection():
            fail(f"{found.id} is open with another selection: apply it or give it up first")
        problems.print(f"going on with {found.id}, which is {found.state}")
    if not found.total:
        work.database.run(lambda session: runs.cancel(session, found.id, now()))
        output.print(f"all is read with version {version} already")
        raise typer.Exit
    return found


def _apply(work: _Work, found: Retag) -> None:
    work.database.run(lambda session: runs.apply(session, found.id, now()))
    work.hint()
    run = work.until(found.id, RetagState.APPLIED, "applying")
    work.finish()
    output.print(f"applied: {run.applied:,} conversations have their new signals")
    if run.failed:
        output.print(f"{run.failed:,} could not be read and keep their old ones")


def _cancelled(database: Database, id_: str | None) -> Retag:
    with database.reading() as session:
        found = runs.opened(session) if id_ is None else runs.get(session, id_)
    if found is None:
        fail("no run is open" if id_ is None else f"there is no run {id_}")
    try:
        return database.run(lambda session: runs.cancel(session, found.id, now()))
    except runs.OpenError as error:
        fail(f"{found.id} is {error.retag.state} and cannot be given up")


def _wanted(found: Retag, tallies: list[Tally], go: bool) -> bool:
    return go or typer.confirm(f"Apply this to {found.read - found.failed:,} conversations?")


def _load(database: Database, id_: str) -> Retag:
    with database.reading() as session:
        found = runs.get(session, id_)
    if found is None:
        fail(f"there is no run {id_}")
    return found


def _tallies(database: Database, found: Retag) -> list[Tally]:
    with database.reading() as session:
        return runs.tallies(session, found.id)


def _utc(moment: datetime | None) -> datetime | None:
    """Read a time without a zone as UTC."""
    return None if moment is None else to_utc(moment.replace(tzinfo=moment.tzinfo or UTC))
