"""``throughline work``: what is pending is done here and now."""

from collections.abc import Sequence

import typer

from cli.console import output, problems, progress
from domain.base import now
from settings import Settings
from storage.backlog import backlog
from storage.database import Database
from storage.work import Kind
from workers.pipeline import ALL, Processed, drain, sweep

app = typer.Typer(add_completion=False)


@app.command()
def work() -> None:
    """Tag and join what is pending, in this process, until nothing is due."""
    from cli.open import open_database  # after --help

    settings = Settings()
    database = open_database(settings)
    done = work_off(settings, database)
    output.print(f"done {done.done:,}, failed {done.failed:,}")
    database.dispose()
    if done.failed:
        raise typer.Exit(1)


def hint_workers(settings: Settings) -> None:
    """Tell the workers behind the broker that there is work."""
    from workers.notify import hint  # needed only where there is a broker

    hint(settings)


def work_off(settings: Settings, database: Database, kinds: Sequence[Kind] = ALL) -> Processed:
    """Do pending work under a progress bar, with the models loaded if there is any."""
    from cli.open import open_pipeline  # slow to load, and often there is nothing to do

    sweep(database, settings.vector_days)
    with database.reading() as session:
        total = sum(q.due for q in backlog(session, now()) if q.kind in kinds)
    if not total:
        return Processed()
    with progress("tagging and joining", total) as bar:
        pipeline = open_pipeline(settings, database)
        result = drain(pipeline, kinds=kinds, progress=lambda done: bar.at(done.claimed))
    if result.failed:
        problems.print(
            f"{result.failed} could not be worked on; they will be tried again, "
            "and `throughline work` does so now"
        )
    return result
