"""What the contacts that came back have in common, and which decision that points to."""

from collections.abc import Mapping
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

import ibis
import yaml
from ibis.expr.types import BooleanValue, StringValue, Table

from journey.drivers.form import Decision, Sign

_FILE = Path(__file__).with_name("decisions.yaml")
CUES = ibis.schema({"contact_id": "!string", "label": "!string"})
"""What contacts carry: effort cues (repeats, transferred, waited, tried_before) and promise."""
_OF_CUE = {
    "tried_before": "self_service",
    "transferred": "handed_over",
    "repeats": "told_again",
    "waited": "waited",
    "promise": "promised",
}
Counts = dict[tuple[str, str], dict[str, int]]


@cache
def rules() -> dict[str, Any]:
    """Read ``decisions.yaml``."""
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def signs_of(contacts: Table, steps: Table, cues: Table) -> Table:
    """Mark prepared contacts that came back with what they show.

    Parameters
    ----------
    contacts : Table
        Prepared.
    steps : Table
        ``journey.mart.STEPS``.
    cues : Table
        ``CUES``.

    Returns
    -------
    Table
        ``need``, ``channel``, ``came_back`` (how many) and a count for each sign.
    """
    back = contacts.filter(contacts.repeat_value == 1.0)
    before = _before(steps)
    marked = back.left_join(_told(cues), "contact_id").left_join(
        before, back.journey_id == before.case_id
    )
    seen = {
        "self_service": _yes(marked.cue_self_service) | (marked.help_at <= marked.started_at),
        "error": marked.error_at <= marked.started_at,
        "same_fault": marked.need.isin(rules()["fault_needs"]),
        "handed_over": _yes(marked.cue_handed_over) | (marked.handovers >= 1),
        "ping_pong": marked.handovers >= 2,
        "told_again": _yes(marked.cue_told_again),
        "waited": _yes(marked.cue_waited),
        "promised": _yes(marked.cue_promised),
        "out_of_hours": marked.hours.isin(["night", "weekend"]),
    }
    counts = {name: _count(held) for name, held in seen.items()}
    return marked.group_by("need", "channel").agg(came_back=marked.count(), **counts)


def read_signs(table: Table) -> Counts:
    """Load the counts by need and channel."""
    rows = table.to_pyarrow().to_pylist()
    return {
        (row["need"], row["channel"]): {
            name: int(value) for name, value in row.items() if name not in ("need", "channel")
        }
        for row in rows
    }


def decide(counts: Counts, need: str, channel: str) -> tuple[Decision, str, bool, tuple[Sign, ...]]:
    """Name the decision that a need on a channel points to.

    Returns
    -------
    tuple
        The decision; why; whether signs say so; the signs, the clearest first.
    """
    signs = _signs(counts, (need, channel))
    table = rules()
    if signs:
        decision = Decision(table["signs"][signs[0].name]["decision"])
        return decision, table["why"][decision], True, tuple(signs)
    usual = next((d for d, needs in table["usual"].items() if need in needs), table["otherwise"])
    return Decision(usual), table["why"][usual], False, ()


def _signs(counts: Counts, place: tuple[str, str]) -> list[Sign]:
    table, mine = rules(), counts.get(place, {})
    found: list[tuple[float, Sign]] = []
    for name, about in table["signs"].items():
        here, of = mine.get(name, 0), mine.get("came_back", 0)
        there = sum(row[name] for row in counts.values()) - here
        rest = sum(row["came_back"] for row in counts.values()) - of
        if here < table["least_contacts"] or not rest:
            continue
        share, elsewhere = here / of, there / rest
        clear = share >= table["least_share"] and share >= table["least_ratio"] * elsewhere
        if clear:
            sign = Sign(
                name=name,
                said=about["said"],
                contacts=here,
                of=of,
                share=share,
                elsewhere=elsewhere,
            )
            found.append((_distance(here, of, there, rest), sign))
    return [sign for _, sign in sorted(found, key=lambda item: -item[0])]


def _distance(here: int, of: int, there: int, rest: int) -> float:
    """Give the distance of two shares in standard errors, one added to each side (pooled z)."""
    pooled = (here + there + 1) / (of + rest + 2)
    error = sqrt(pooled * (1 - pooled) * (1 / of + 1 / rest))
    return (here / of - there / rest) / error


def _told(cues: Table) -> Table:
    """Give one row a contact with a column a cue."""
    columns = {
        f"cue_{sign}": (cues.label == label).ifelse(1, 0).max() for label, sign in _OF_CUE.items()
    }
    return cues.group_by("contact_id").agg(**columns)


def _before(steps: Table) -> Table:
    """Give when each journey first saw a search for help, and an error."""
    events = steps.filter(steps.kind == "event")
    help_, error = (rules()[name] for name in ("self_service_events", "error_events"))
    nothing = ibis.null("timestamp")
    return events.group_by("case_id").agg(
        help_at=_any(events.activity, help_).ifelse(events["at"], nothing).min(),
        error_at=_any(events.activity, error).ifelse(events["at"], nothing).min(),
    )


def _any(names: StringValue, words: list[str]) -> BooleanValue:
    found = names.contains(words[0])
    for word in words[1:]:
        found = found | names.contains(word)
    return found


def _yes(column: ibis.expr.types.IntegerValue) -> BooleanValue:
    return column.fill_null(0) == 1


def _count(held: BooleanValue) -> ibis.expr.types.IntegerScalar:
    return held.fill_null(False).ifelse(1, 0).sum()


def costs_of(contacts: Table) -> Table:
    """Count the channels by which customers came back, by need and channel of the first contact.

    Parameters
    ----------
    contacts : Table
        Prepared, with ``next_channel``.

    Returns
    -------
    Table
        ``need``, ``channel``, ``next_channel``, ``count``.
    """
    back = contacts.filter(contacts.repeat_value == 1.0)
    by = ["need", "channel", "next_channel"]
    return back.group_by(by).agg(count=lambda t: t.count())


def with_next(contacts: Table) -> Table:
    """Add by which channel the same journey went on; null where it did not."""
    follows = contacts.channel.lead().over(
        group_by="journey_id", order_by=["started_at", "contact_id"]
    )
    return contacts.mutate(
        next_channel=contacts.journey_id.notnull().ifelse(follows, ibis.null("string"))
    )


def cost_each(table: Table, prices: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Give what one repeat contact costs on average, by need and channel of the contact before."""
    total: dict[tuple[str, str], tuple[float, int]] = {}
    for row in table.to_pyarrow().to_pylist():
        place = (row["need"], row["channel"])
        channel = row["next_channel"] or row["channel"]
        money, count = total.get(place, (0.0, 0))
        price = prices.get(channel, prices.get("other", 0.0))
        total[place] = (money + price * row["count"], count + row["count"])
    return {place: money / count for place, (money, count) in total.items()}
