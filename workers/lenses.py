"""Lenses on the journeys of the database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from journey.lenses.chain import ChainTold, tell_chain
from journey.lenses.draw import Drawing, drawing
from journey.lenses.lens import NAMES, Told, behind, look
from journey.lenses.tell import EXAMPLES
from journey.lenses.walk import Looked, looked
from journey.mart import Wanted
from journey.measures.keep import kept
from storage.database import Database
from workers.analysis import open_mart


@contextmanager
def opened(
    database: Database, wanted: Wanted | None = None, need: str | None = None
) -> Iterator[Looked]:
    """Load the journeys that are wanted and prepare them."""
    with open_mart(database, wanted) as mart:
        seen = looked(mart.steps, mart.journeys, need)
        # Each lens asks several times: the order of steps is worked out once.
        yield Looked(seen.steps, kept(seen.walk), kept(seen.journeys))


def told(
    database: Database,
    names: Sequence[str] = NAMES,
    wanted: Wanted | None = None,
    need: str | None = None,
    stages: Sequence[str] = (),
    examples: int = EXAMPLES,
) -> list[Told]:
    """Look through several lenses at once.

    Raises
    ------
    journey.lenses.lens.UnknownLensError
    """
    with opened(database, wanted, need) as seen:
        return [look(name, seen, stages, examples) for name in names]


def chain(
    database: Database, wanted: Wanted | None = None, need: str | None = None
) -> ChainTold | None:
    """Fit the chain; None where no journey has ended."""
    with opened(database, wanted, need) as seen:
        return tell_chain(seen)


def report(
    database: Database, wanted: Wanted | None = None, need: str | None = None
) -> tuple[list[Told], ChainTold | None, Drawing | None]:
    """Give all that the page shows, read once."""
    with opened(database, wanted, need) as seen:
        return [look(name, seen) for name in NAMES], tell_chain(seen), drawing(seen)


def opens(
    database: Database,
    name: str,
    key: str,
    wanted: Wanted | None = None,
    need: str | None = None,
    stages: Sequence[str] = (),
) -> list[str]:
    """Give the ids of the journeys behind a row.

    Raises
    ------
    journey.lenses.lens.UnknownLensError
    """
    with opened(database, wanted, need) as seen:
        return behind(name, seen, key, stages)
