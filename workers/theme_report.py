"""Theme reports from the database: the same for the API and the command line."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from domain.base import Record
from domain.theme import LedgerEntry, Theme
from domain.theme_figures import Behind, Cut, Opening, Period, Scope
from storage import theme_figures, theme_ledger, theme_models, theme_opening, themes
from storage.theme_happenings import happenings
from storage.theme_statements import quotes
from themes.changes import LOOK_BACK, Changes, changes, past_of
from themes.estimates import LEVEL as CONFIDENCE
from themes.report import LEVEL, Given, report
from themes.report_form import Example, Report

PERIOD_DAYS = 28
PAST_WEEKS = 12
EXAMPLES = 3
_CANDIDATES = 8
"""Statements read for the examples: some are of one contact, or not readable yet."""
_STRUCTURAL = frozenset({"new", "split", "merged", "retired", "returned"})

__all__ = ["CONFIDENCE", "Asked", "NoThemesError", "UnknownWindowError", "changed", "reported"]


class NoThemesError(Exception):
    """There is no live theme model yet."""


class UnknownWindowError(Exception):
    """Repeat contact is not kept for the window that was asked for."""

    def __init__(self, kept: tuple[float, ...]) -> None:
        self.kept = ", ".join(f"{hours:g}" for hours in kept)
        super().__init__(f"Repeat contact is kept for windows of {self.kept} hours.")


class Asked(Record):
    """What a report is asked for."""

    scope: Scope
    cut: Cut | None = None
    past_weeks: int = PAST_WEEKS


def latest_period(session: Session, days: int = PERIOD_DAYS) -> Period | None:
    """Give the days up to the latest contact; None where there is none."""
    last = theme_figures.latest_day(session)
    return None if last is None else Period(first=last - timedelta(days=days - 1), last=last)


def reported(session: Session, asked: Asked) -> Report:
    """Make the report of a period, with what changed.

    Raises
    ------
    NoThemesError
        If no theme model is live.
    UnknownWindowError
        If repeat contact is not kept for the window.
    """
    scope = asked.scope
    live = theme_models.live(session)
    if live is None:
        raise NoThemesError("there are no themes yet")
    kept = theme_figures.windows(session)
    if kept and scope.window_hours not in kept:
        raise UnknownWindowError(kept)
    standing = themes.live(session)
    found = changed(session, asked)
    given = Given(
        scope=scope,
        cut=asked.cut,
        version=live.version,
        live_at=live.live_at,
        themes=standing,
        sums=theme_figures.sums(session, scope),
        part_cut=asked.cut or Cut.CHANNEL,
        parts=theme_figures.sums(session, scope, asked.cut or Cut.CHANNEL),
        days=theme_figures.days(session, _with_past(scope, scope.period.before())),
        standings=theme_figures.standings(session, scope),
        near=theme_figures.near(session, scope),
        families=theme_figures.families(session, scope),
        examples=_examples(session, scope),
        changes=found,
    )
    return report(given)


def changed(session: Session, asked: Asked) -> Changes:
    """Tell which themes changed in a period, against the weeks before it.

    Raises
    ------
    NoThemesError
        If no theme model is live.
    """
    scope, period = asked.scope, asked.scope.period
    if theme_models.stamp(session) is None:
        raise NoThemesError("there are no themes yet")
    past = past_of(period, asked.past_weeks, theme_figures.earliest_day(session))
    start = period.start - timedelta(days=LOOK_BACK)
    return changes(
        scope,
        past,
        theme_figures.days(session, _with_past(scope, past) if past else scope),
        themes.live(session),
        happenings(session, start, period.end, scope.brand),
        _ledger(session, period),
        LEVEL,
    )


def listed(session: Session, report_: Report, most: int) -> tuple[Behind, ...]:
    """Load the latest contacts behind a report and the times it compares with, for a page."""
    earlier = [report_.scope.period.before(), report_.changes.past]
    first = min((p for p in earlier if p is not None), key=lambda p: p.first)
    scope = _with_past(report_.scope, first)
    return theme_opening.opened(session, Opening(scope=scope), most).contacts


def names(session: Session) -> Mapping[str, Theme]:
    """Give all themes that ever were, by id."""
    return {theme.id: theme for theme in themes.every(session)}


def _with_past(scope: Scope, past: Period) -> Scope:
    period = Period(first=past.first, last=scope.period.last)
    return scope.model_copy(update={"period": period})


def _ledger(session: Session, period: Period) -> tuple[LedgerEntry, ...]:
    lines = theme_ledger.between(session, period.start, period.end)
    return tuple(line for line in lines if str(line.change) in _STRUCTURAL)


def _examples(session: Session, scope: Scope) -> dict[str, tuple[Example, ...]]:
    """Choose what to quote of each theme: the surest statements of unlike contacts and words."""
    chosen = theme_figures.typical(session, scope, _CANDIDATES)
    words = quotes(session, (id_ for ids in chosen.values() for id_ in ids))
    found = {}
    for theme, ids in chosen.items():
        told = [words[id_] for id_ in ids if id_ in words]
        unlike = {quote.conversation_id: quote for quote in reversed(told)}
        distinct = {quote.text: quote for quote in reversed(told) if quote in unlike.values()}
        found[theme] = tuple(
            Example(conversation_id=quote.conversation_id, text=quote.text)
            for quote in reversed(list(distinct.values()))
        )[:EXAMPLES]
    return found
