"""The driver page and the avoidable-contacts page: one file each that opens anywhere."""

from collections.abc import Sequence

from markupsafe import Markup

from journey.drivers.form import Avoidable, AvoidableContacts, Driver, Drivers
from journey.measures.behind import Behind
from journey.measures.openings import render
from journey.measures.svg import bar

SHOWN = 60
"""Drivers on the page; the others are in JSON, CSV and Parquet."""
MOST_LIFT = 4.0


def drivers_page(found: Drivers, contacts: Sequence[Behind]) -> str:
    """Write the driver page.

    Parameters
    ----------
    found : Drivers
    contacts : sequence of Behind
        That the numbers open to, the latest first.
    """
    top = min(max([r.lift.high for r in found.rows[:SHOWN] if r.lift] + [2.0]), MOST_LIFT)

    def draw(row: Driver) -> Markup:
        if row.lift is None:
            return Markup("")
        told = f"{row.label}: {row.lift.value:.2f} times the usual rate"
        return bar(row.lift.value, row.lift.low, row.lift.high, (0.0, top), told, 1.0)

    given = {"found": found, "rows": found.rows[:SHOWN], "draw": draw, "top": top}
    return render("drivers/drivers.html.j2", contacts, given)


def avoidable_page(found: AvoidableContacts, contacts: Sequence[Behind]) -> str:
    """Write the avoidable-contacts page; parameters as above."""
    ends = [r.saved for r in found.rows if r.saved]
    scale = (min([e.low for e in ends] + [0.0]), max([e.high for e in ends] + [1.0]))

    def draw(row: Avoidable) -> Markup:
        if row.saved is None:
            return Markup("")
        told = f"{row.driver.label}: {row.saved.value:.0f} {found.currency} saved"
        return bar(row.saved.value, row.saved.low, row.saved.high, scale, told, 0.0)

    return render("drivers/avoidable.html.j2", contacts, {"found": found, "draw": draw})
