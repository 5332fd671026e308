"""How long analyses take on a large database: ``python -m eval.analysis_speed``.

It fills a PostgreSQL database as ``eval.context_scale`` does, or takes one that is there, and asks
what the API asks: each analysis twice, as the first call of a process and again, and once more
after one contact was corrected. Times are of the call without HTTP.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console
from sqlalchemy import select, update

from domain.base import now
from eval.context_scale import SERVER, drop, fill
from eval.results import table, write_section
from journey.definitions.form import Period
from journey.definitions.map import map_of
from journey.definitions.read import shipped
from nlp.tagger import Tagger, TaggerConfig
from settings import Settings
from storage.database import Database
from storage.tables import ConversationRow
from workers import analytics, journey_models, lenses
from workers.analytics import Prices
from workers.definitions import ran_definition
from workers.policy import policy_of

PAGE = Path("docs/results-analytics.md")
TITLE = "How long an analysis takes"
NAME = "throughline_analysis"
console = Console()
Ask = Callable[[], object]


def asks(database: Database) -> Mapping[str, Ask]:
    """Give the analyses by name, as the API calls them."""
    silence = policy_of(Settings()).silence
    period = analytics.latest_period(database)
    assert period is not None, "the database holds contacts"
    ask = analytics.asked(period)
    prices = Prices("EUR", Settings().contact_costs)
    middle = period.first + (period.last - period.first) / 2

    def with_mart(work: Callable[[analytics.Ready], object], *, whole: bool = False) -> Ask:
        def run() -> object:
            with analytics.ready(database, ask, prices, whole=whole) as given:
                return work(given)

        return run

    def mapped(name: str) -> Ask:
        def run() -> object:
            with ran_definition(database, shipped()[name], Period()) as ran:
                return map_of(ran)

        return run

    return {
        "drivers": with_mart(analytics.drivers),
        "avoidable contacts": with_mart(analytics.avoidable),
        "key figures by need": with_mart(lambda g: analytics.kpis(g, analytics.FACTORS[0], {})),
        "before and after": with_mart(lambda g: analytics.compared(g, middle), whole=True),
        "one lens (paths)": lambda: lenses.told(database, ["paths"]),
        "all lenses": lambda: lenses.told(database),
        "chain": lambda: lenses.chain(database),
        "map: contact_us": mapped("contact_us"),
        "map: onboarding": mapped("onboarding"),
        "types: sort all journeys": lambda: journey_models.types(database),
        "types: fit": lambda: journey_models.fit_types(database, now()),
        "next step: fit": lambda: journey_models.fit_next_step(database, now(), silence),
    }


def timed(ask: Ask) -> float:
    """Give the seconds of one call."""
    begin = time.perf_counter()
    ask()
    return time.perf_counter() - begin


def change_one(database: Database) -> None:
    """Touch one contact, as an import of a changed ticket does."""
    with database.session() as session:
        one = session.scalars(select(ConversationRow.id).limit(1)).one()
        mine = update(ConversationRow).where(ConversationRow.id == one)
        session.execute(mine.values(revision=ConversationRow.revision + 1))


def main() -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default=SERVER)
    parser.add_argument("--name", default=NAME, help="of the database")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="do not drop the database")
    parser.add_argument("--only", default="", help="analyses whose name holds this")
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE}")
    given = parser.parse_args()
    settings = Settings()
    tagger = Tagger.load(
        TaggerConfig(
            model_dir=settings.model_dir, encoder=settings.encoder, languages=settings.languages
        )
    )
    filled = fill(given.server, given.name, given.contacts, tagger)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(filled.url.render_as_string(hide_password=False), mart_dir=Path(folder))
        rows = []
        for name, ask in asks(database).items():
            if given.only in name:
                first, second = timed(ask), timed(ask)
                change_one(database)
                third = timed(ask)
                rows.append((name, f"{first:.1f} s", f"{second:.2f} s", f"{third:.2f} s"))
                console.print(*rows[-1], sep="  ")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    console.print(f"peak memory {peak:.2f} GB")
    if given.write:
        head = ("analysis", "first call", "again", "after a change")
        data = (
            f"{given.contacts:,} contacts on PostgreSQL. Peak memory of the process {peak:.2f} GB."
        )
        write_section(TITLE, "python -m eval.analysis_speed", data, table(head, rows), PAGE)
    if not given.keep:
        drop(given.server, given.name)


if __name__ == "__main__":
    main()
