"""``throughline worker``: serves the queue of a broker."""

from typing import Annotated

import typer
from rich.table import Table
from typer import Option

from cli.console import fail, output
from settings import Settings
from storage.queues import TAGGING, Queue
from workers.serve import serve_beat, serve_worker

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    concurrency: Annotated[int, Option(min=1, help="Processes; each loads its own models")] = 1,
    beat: Annotated[bool, Option("--beat", help="Be the clock too: for a single worker")] = False,
    beat_only: Annotated[bool, Option("--beat-only", help="Be nothing but the clock")] = False,
    queue: Annotated[
        list[Queue] | None,
        Option(help="Serve only this; give it once for each [default: live, ingest and bulk]"),
    ] = None,
    themes: Annotated[
        bool, Option("--themes", help="The same as --queue themes: all that is slow")
    ] = False,
    metrics_port: Annotated[
        int | None, Option(help="Answer Prometheus here [default: THROUGHLINE_METRICS_PORT]")
    ] = None,
    who: Annotated[
        bool, Option("--list", help="Only list who works, and with which version")
    ] = False,
    log_level: Annotated[str, Option(help="DEBUG, INFO, WARNING or ERROR")] = "INFO",
) -> None:
    """Tag and join what comes in, until told to stop. Start as many as you like.

    Each takes the most urgent work of its queues: live conversations, then imports, then runs
    that read again. One with --queue live is never busy with anything else. Needs
    THROUGHLINE_BROKER_URL. One clock in a deployment sweeps what stayed pending. Told to stop
    (SIGTERM), it hands back at once what it has not begun.
    """
    settings = Settings() if metrics_port is None else Settings(metrics_port=metrics_port)
    if who:
        _list(settings)
        return
    if settings.embedded:
        fail(
            "a worker needs a broker: set THROUGHLINE_BROKER_URL to amqp://… or redis://…, "
            "or run `throughline serve` or `throughline work`, which need none"
        )
    if beat_only:
        serve_beat(settings, log_level=log_level)
        return
    chosen = tuple(dict.fromkeys(queue or ((Queue.THEMES,) if themes else TAGGING)))
    if Queue.THEMES in chosen and len(chosen) > 1:
        fail("work on themes takes minutes: give it a worker of its own, with --queue themes alone")
    from cli.open import ensure_models  # the clock needs no models

    ensure_models(settings)
    serve_worker(settings, concurrency=concurrency, beat=beat, queues=chosen, log_level=log_level)


def _list(settings: Settings) -> None:
    """Show who was heard of in the last day."""
    from cli.open import open_database  # a worker needs none of it
    from domain.base import now
    from storage import progress

    database = open_database(settings)
    with database.reading() as session:
        there = progress.workers(session)
    database.dispose()
    table = Table("worker", "version", "done", "failed", "last done", "heard of", box=None)
    for one in there:
        seconds = (now() - one.seen_at).total_seconds()
        heard = f"{seconds:.0f} s ago" + (", gone" if seconds > progress.HEARD_S else "")
        last = "-" if one.done_at is None else f"{one.done_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(one.name, one.version or "-", f"{one.done:,}", f"{one.failed:,}", last, heard)
    output.print(table if there else "nobody was heard of in the last day")
