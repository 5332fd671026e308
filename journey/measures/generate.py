"""Contacts whose truth is known: what makes customers come back is written down, then drawn."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SOURCES = ("need", "channel", "hours", "theme", "brand")


@dataclass(frozen=True)
class Plan:
    """The truth: how often each level occurs, and what it adds to the log odds of coming back."""

    levels: dict[str, dict[str, float]]
    """By factor (need, channel, theme, brand): share of each level."""
    base: float = -1.5
    """Log odds of a repeat contact without any of the effects."""
    effects: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)
    """Log odds added where all of (factor, level) hold, such as ``(("need", "refund"),)``."""
    channel_of_need: dict[str, str] = field(default_factory=dict)
    """Needs whose contacts come by one channel seven times in ten: the mix to be adjusted for."""
    contacts_each: float = 1.5
    """Mean number of contacts of a person."""
    spread: float = 0.0
    """Standard deviation of people's own log odds: how alike the contacts of one are."""
    change_at: datetime | None = None
    """From this moment ``change`` is added as well."""
    change: float = 0.0
    change_of: tuple[tuple[str, str], ...] = ()
    """To which contacts; empty: to all."""


@dataclass(frozen=True)
class Drawn:
    """What came of a plan."""

    contacts: pa.Table
    """As ``journey.mart.CONTACTS`` with ``theme_id``; a journey each, windows not looked at."""
    chance: Floats
    """The true probability that the customer comes back, of each contact."""
    log_odds: Floats
    marks: dict[tuple[tuple[str, str], ...], NDArray[np.bool_]]
    """Which contacts each effect holds for."""


def draw(plan: Plan, contacts: int, seed: int, begin: datetime, days: int = 84) -> Drawn:
    """Draw contacts from a plan.

    Parameters
    ----------
    plan : Plan
    contacts : int
    seed : int
        The same seed gives the same contacts.
    begin : datetime
        UTC without zone; contacts begin evenly in the days after it.
    days : int
    """
    random = np.random.default_rng(seed)
    columns = _levels(plan, contacts, random)
    seconds = np.sort(random.integers(0, days * 86_400, contacts))
    at = np.datetime64(begin, "us") + seconds.astype("timedelta64[s]")
    people = max(int(contacts / plan.contacts_each), 1)
    person = random.integers(0, people, contacts)
    marks = {
        which: np.logical_and.reduce([columns[factor] == level for factor, level in which])
        for which in plan.effects
    }
    odds = plan.base + plan.spread * random.standard_normal(people)[person]
    for which, effect in plan.effects.items():
        odds = odds + effect * marks[which]
    odds = odds + _changed(plan, columns, at)
    chance = 1.0 / (1.0 + np.exp(-odds))
    table = _table(columns, at, person, random.random(contacts) < chance)
    return Drawn(table, chance, odds, marks)


def _levels(plan: Plan, contacts: int, random: np.random.Generator) -> dict[str, NDArray[np.str_]]:
    columns: dict[str, NDArray[np.str_]] = {}
    for factor, shares in plan.levels.items():
        names, weights = np.array(list(shares)), np.array(list(shares.values()))
        columns[factor] = random.choice(names, size=contacts, p=weights / weights.sum())
    for need, channel in plan.channel_of_need.items():
        moved = (columns["need"] == need) & (random.random(contacts) < 0.7)
        columns["channel"] = np.where(moved, channel, columns["channel"])
    return columns


def _changed(
    plan: Plan, columns: dict[str, NDArray[np.str_]], at: NDArray[np.datetime64]
) -> Floats:
    if plan.change_at is None:
        return np.zeros(len(at), dtype=np.float64)
    touched = at >= np.datetime64(plan.change_at, "us")
    for factor, level in plan.change_of:
        touched &= columns[factor] == level
    return np.asarray(plan.change * touched, dtype=np.float64)


def _table(
    columns: dict[str, NDArray[np.str_]],
    at: NDArray[np.datetime64],
    person: NDArray[np.int64],
    back: NDArray[np.bool_],
) -> pa.Table:
    count = len(at)
    ids = [f"{n:07}" for n in range(count)]

    def of(factor: str) -> pa.Array:
        return pa.array(columns[factor]) if factor in columns else pa.nulls(count, pa.string())

    def all_of(value: str) -> pa.Array:
        return pa.array([value] * count)

    end = at + np.timedelta64(timedelta(hours=1))
    return pa.table(
        {
            "contact_id": [f"cnv_{n}" for n in ids],
            "journey_id": [f"jny_{n}" for n in ids],
            "identity_id": [f"idn_{n}" for n in person],
            "identity_level": all_of("person"),
            "brand": of("brand"),
            "channel": of("channel"),
            "need": of("need"),
            "theme_id": of("theme"),
            "started_at": pa.array(at),
            "ended_at": pa.array(end),
            "position": pa.array(np.zeros(count, np.int64)),
            "sentiment": pa.array(np.where(back, -0.4, 0.1)),
            "satisfaction": pa.nulls(count, pa.float64()),
            "rating": pa.nulls(count, pa.float64()),
            "resolution": pa.nulls(count, pa.string()),
            "effort_cues": pa.array(np.zeros(count, np.int64)),
            "customer_turns": pa.array(np.full(count, 2, np.int64)),
            "handovers": pa.array(np.zeros(count, np.int64)),
            "repeat": pa.array(np.where(back, "yes", "no")),
            "reopened": all_of("no"),
            "escalated": all_of("no"),
            "resolved": pa.array(np.where(back, "no", "yes")),
        }
    )
