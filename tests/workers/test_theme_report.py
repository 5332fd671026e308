"""A report from the database: what is planted is found, and every number opens to its contacts."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.orm import Session

from api.schemas.theme_report import OpeningQuery
from domain.outcome import OutcomeState
from domain.theme_figures import Cut, Measure, Period, Scope, Standing
from storage import theme_opening
from storage.database import Database
from tests.made_themes import fill
from themes.page import page
from themes.report_form import Mark, Report
from workers.theme_report import Asked, NoThemesError, UnknownWindowError, listed, names, reported

SCOPE = Scope(period=Period(first=date(2026, 4, 20), last=date(2026, 5, 20)))
WHOLE = Scope(period=Period(first=date(2026, 3, 2), last=date(2026, 5, 20)))


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


def made(database: Database, scope: Scope, cut: Cut | None = None) -> Report:
    with database.reading() as session:
        return reported(session, Asked(scope=scope, cut=cut))


def test_the_theme_whose_customers_come_back_is_marked_and_stands_first(filled: Database) -> None:
    report = made(filled, WHOLE)
    first = report.rows[0]
    assert first.label == "refund late"
    marks = {f.measure: f.mark for f in first.figures}
    assert marks[Measure.REPEAT_CONTACT] is Mark.HIGHER
    others = [f.mark for row in report.rows[1:] for f in row.figures]
    assert Mark.HIGHER not in others
    assert report.rows[1].parent_id == first.theme_id
    assert first.family == first.contacts + report.rows[1].contacts


def test_a_growing_theme_is_told_with_the_release_that_came_before(filled: Database) -> None:
    changes = made(filled, SCOPE).changes
    grown = {shift.label: shift for shift in changes.shifts}
    assert grown["login fails"].way == "growing"
    assert [h.told for h in grown["login fails"].before] == ["8.2.0"]
    assert grown["login fails"].low <= grown["login fails"].expected <= grown["login fails"].high


def test_every_number_opens_to_as_many_contacts(filled: Database) -> None:
    report = made(filled, WHOLE, Cut.CHANNEL)
    numbers = {report.opens: report.contacts}
    numbers |= {stand.opens: stand.contacts for stand in report.standings}
    for row in report.rows:
        numbers |= {row.opens["contacts"]: row.contacts, row.opens["near"]: row.near}
        numbers |= {p.opens: p.contacts for p in (*row.trend.points, *row.parts)}
        for figure in (*row.figures, *(f for part in row.parts for f in part.figures)):
            numbers[figure.opens["known"]] = figure.known
            if figure.yes is not None:
                numbers[figure.opens[OutcomeState.YES]] = figure.yes
                numbers[figure.opens[OutcomeState.OPEN]] = figure.open
    with filled.reading() as session:
        opened = {path: theme_opening.count(session, _ask(path)) for path in numbers}
    assert opened == numbers
    assert sum(s.contacts for s in report.standings) == report.contacts
    assert {s.standing for s in report.standings if s.contacts} >= {Standing.NEAR, Standing.NONE}


def _ask(path: str) -> object:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    query = OpeningQuery.model_validate(asked)
    assert query.period is not None
    return query.opening(query.period)


def test_the_page_needs_nothing_else_and_shows_no_identifier(filled: Database) -> None:
    report = made(filled, WHOLE)
    with filled.reading() as session:
        text = page(report, names(session), listed(session, report, 1_000))
    assert "example.org" not in text
    assert "Ann Lee" not in text
    assert "<b>again</b>" not in text
    assert not re.search(r"<script|<img|<link|src=|url\(|@import|https?://", text)
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids
    assert not re.findall(r'href="[^#]', text)
    assert text.count("<caption>") == text.count("<table")
    assert len(re.findall(r"<svg", text)) == len(re.findall(r'role="img" aria-label="[^"]', text))


def _table(session: Session, report: Report) -> str:
    text = page(report, names(session), listed(session, report, 1_000))
    return text.split('<h2 id="themes">')[1].split('<h2 id="each">')[0]


def test_an_example_stands_beside_a_name_that_says_little(filled: Database) -> None:
    report = made(filled, WHOLE)
    mixed = report.rows[0].model_copy(update={"label": "Mixed: refund"})
    vague = report.model_copy(update={"rows": (mixed, *report.rows[1:])})
    with filled.reading() as session:
        assert _table(session, vague).count("\u201d</span>") == 1
        assert "\u201d</span>" not in _table(session, report)


def test_themes_without_a_contact_stand_in_one_line(filled: Database) -> None:
    report = made(filled, WHOLE)
    silent = report.rows[-1].model_copy(update={"contacts": 0, "family": None})
    with_silent = report.model_copy(update={"rows": (*report.rows[:-1], silent)})
    with filled.reading() as session:
        rows, line = _table(session, with_silent).split("Without a contact in this period")
    assert silent.label in line
    assert silent.theme_id not in rows


def test_the_page_finds_as_many_contacts_behind_a_number_as_it_says(filled: Database) -> None:
    report = made(filled, WHOLE)
    with filled.reading() as session:
        text = page(report, names(session), listed(session, report, 1_000))
    (yes,) = (f.yes for f in report.rows[0].figures if f.measure is Measure.REPEAT_CONTACT)
    assert f"refund late: came back, yes</b><br>{yes} on this page" in text


def test_numbers_of_earlier_times_and_of_families_open_on_the_page_too(filled: Database) -> None:
    report = made(filled, SCOPE)
    with filled.reading() as session:
        text = page(report, names(session), listed(session, report, 1_000))
    opened = dict(re.findall(r"<b>([^<]+)</b><br>(\w+) on this page", text))
    (grown,) = report.changes.shifts
    leader = next(row for row in report.rows if row.family != row.contacts and row.family)
    assert opened["all contacts"] == str(report.contacts)
    assert opened["all contacts of the weeks before"] == str(report.changes.past_contacts)
    assert opened[f"{leader.label} and its sub-themes"] == str(leader.family)
    assert opened[f"{leader.label}: contacts of the 31 days before"] == str(leader.before)
    past = int(opened[f"{grown.label}: contacts of the weeks before"])
    assert grown.low < past * report.scope.period.days / report.changes.past.days < grown.high
    assert "<code>evt_1</code>" in text


def test_no_interval_of_a_mean_leaves_its_scale(filled: Database) -> None:
    for row in made(filled, SCOPE).rows:
        for figure in row.figures:
            if figure.measure is Measure.SENTIMENT and figure.estimate.low is not None:
                assert figure.estimate.low >= -1
                assert figure.estimate.high <= 1


def test_what_cannot_be_told_is_said(database: Database) -> None:
    with pytest.raises(NoThemesError):
        made(database, SCOPE)
    fill(database)
    with pytest.raises(UnknownWindowError, match="168"):
        made(database, SCOPE.model_copy(update={"window_hours": 5.0}))
    early = Scope(period=Period(first=date(2026, 3, 2), last=date(2026, 3, 10)))
    report = made(database, early)
    assert report.changes.past is None
    assert not report.changes.shifts
