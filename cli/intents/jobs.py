"""``intents jobs``: long work that was asked for over the API, seen and waited for from here."""

import time
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from typer import Argument, Option

from cli.console import fail, output, progress
from cli.open import open_database
from domain.base import now
from settings import Settings
from storage import taxonomy_jobs
from storage.database import Database
from storage.taxonomy_jobs import JobState, TaxonomyJob

LOOK_S = 0.5
_OPEN = (JobState.WAITING, JobState.RUNNING)


def jobs(
    job: Annotated[
        str | None, Argument(metavar="[JOB]", help="Its id; without it the last are listed")
    ] = None,
    wait: Annotated[bool, Option("--wait", help="Show a bar until it is over")] = False,
    cancel: Annotated[bool, Option("--cancel", help="Give it up; nothing comes of it")] = False,
) -> None:
    """Follow trainings and reports that a worker does, or give one up.

    The exit code is 1 where the one that was waited for failed or was cancelled.
    """
    database = open_database(Settings())
    try:
        if job is None:
            _list(database)
            return
        found = _found(database, job)
        if cancel and not database.run(lambda s: taxonomy_jobs.cancel(s, job, now())):
            fail(f"{job} is {found.state} already")
        if wait:
            _wait(database, job)
        ended = _found(database, job)
        _tell(ended)
    finally:
        database.dispose()
    if wait and ended.state is not JobState.DONE:
        raise typer.Exit(1)


def _found(database: Database, id_: str) -> TaxonomyJob:
    with database.reading() as session:
        found = taxonomy_jobs.get(session, id_)
    if found is None:
        fail(f"there is no job {id_}; `throughline intents jobs` lists the last ones")
    return found


def _wait(database: Database, id_: str) -> None:
    with progress("waiting for a worker") as bar:
        while (seen := _found(database, id_)).state in _OPEN:
            if seen.step is not None:
                bar.tell(seen.step, seen.done, seen.total)
            time.sleep(LOOK_S)


def _list(database: Database) -> None:
    with database.reading() as session:
        found = taxonomy_jobs.latest(session)
    if not found:
        output.print(
            "no job yet: POST /v1/taxonomies/NAME/trainings begins one (docs/taxonomies.md)",
            markup=False,
        )
        return
    table = Table("job", "taxonomy", "what", "state", "how far", "asked for", "by", box=None)
    for one in found:
        far = f"{one.step} {one.done:,} of {one.total:,}" if one.step else one.version or ""
        asked = f"{one.created_at:%Y-%m-%d %H:%M}"
        cells = (one.id, one.name, one.task, one.state, far, asked, one.by)
        table.add_row(*map(escape, cells))
    output.print(table)


def _tell(job: TaxonomyJob) -> None:
    words = f"{job.task} of {job.name}: {job.state}"
    if job.error is not None:
        words += f" ({job.error})"
    if job.version is not None:
        words += (
            f", version {job.version}. next: throughline intents diff {job.name} {job.version}   "
            "(what it would change)"
        )
    output.print(words, soft_wrap=True, markup=False)
