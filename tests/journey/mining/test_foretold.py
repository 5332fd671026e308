"""The way that suits the data is chosen from the past, and finds what was planted."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from journey.mining import foresight, foretold
from journey.mining.csvlog import MissingColumnError
from journey.mining.foresight import OTHER, Foresight, fit, known_by
from journey.mining.foretold import ENDS, Foretold, Learned, TooFewEndedError, learn
from journey.mining.foretold_page import render, write
from journey.mining.log import Keys, LogEvent
from journey.mining.measured import FEW, measure
from journey.mining.opencases import read, standing
from journey.mining.prefixes import Case
from journey.mining.ways import Form

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
CHANCE = 0.8
Step = tuple[str, float]


def case(number: int, *steps: Step, who: str = "ann", ended: bool = True) -> Case:
    """Give a case that starts in the hour of its number; steps with hours after the one before."""
    at, events = MONDAY + timedelta(hours=number), []
    for name, hours in steps:
        at += timedelta(hours=hours)
        events.append(LogEvent(f"c{number:04}", name, at, timedelta(0), {"who": who}))
    return Case(f"c{number:04}", tuple(events), ended)


def steady(count: int) -> list[Case]:
    """Ask, then close by chance or call before; the time to close is exponential, four hours."""
    random = np.random.default_rng(1)
    held = []
    for number in range(count):
        calls = [] if random.random() < CHANCE else [("call", 1.0)]
        held.append(case(number, ("ask", 0), *calls, ("close", random.exponential(4.0))))
    return held


def drifting(count: int) -> list[Case]:
    """After half of the cases, what follows the question is another step."""
    random = np.random.default_rng(2)
    held = []
    for number in range(count):
        usual, rare = ("mail", "call") if number < count / 2 else ("call", "mail")
        step = usual if random.random() < CHANCE else rare
        held.append(case(number, ("ask", 0), (step, 1.0), ("close", 1.0)))
    return held


def by_person(count: int) -> list[Case]:
    """Only a field tells what follows, and how long it takes."""
    random = np.random.default_rng(3)
    held = []
    for number in range(count):
        who = ("ann", "bob")[int(random.integers(2))]
        usual, rare = ("mail", "call") if who == "ann" else ("call", "mail")
        step = usual if random.random() < CHANCE else rare
        hours = (1.0 if who == "ann" else 100.0) * random.uniform(0.5, 1.5)
        held.append(case(number, ("ask", 0), (step, 1.0), ("close", hours), who=who))
    return held


def told(learned: Learned, *held: Case) -> Foretold:
    return learned.foretell([[replace(one, ended=False) for one in held]], str.upper)


def test_a_steady_chain_is_told_by_the_plainest_way_with_the_planted_figures() -> None:
    learned = learn(steady(320))
    assert learned.model.form is Form.CHAIN
    [row] = told(learned, case(900, ("ask", 0))).rows
    shares = {step.activity: step.probability for step in row.next.steps}
    assert shares["close"] == pytest.approx(CHANCE, abs=0.05)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert row.next.markov == row.next.steps[0]
    assert row.next.steps[0].label == "CLOSE"
    [last] = told(learned, case(900, ("ask", 0), ("close", 1))).rows
    assert (last.next.steps[0].activity, last.next.left_s) == (ENDS, 0.0)


def test_half_of_such_cases_lie_between_the_two_times() -> None:
    held = steady(700)
    learned = learn(held[:500])
    rows = told(learned, *(replace(one, events=one.events[:1]) for one in held[500:])).rows
    came = {one.case_id: one.seconds[-1] - one.seconds[0] for one in held[500:]}
    inside = [
        row.next.left_low_s <= came[row.id] <= row.next.left_high_s
        for row in rows
        if row.next.left_low_s is not None and row.next.left_high_s is not None
    ]
    assert len(inside) == 200
    assert np.mean(inside) == pytest.approx(0.5, abs=0.12)
    below = [(row.next.left_s or 0.0) >= came[row.id] for row in rows]
    assert np.mean(below) == pytest.approx(0.5, abs=0.12)


def test_where_a_process_drifts_what_came_lately_speaks() -> None:
    measured = {one.form: one for one in measure(drifting(180))[1]}
    [chosen] = [one for one in measured.values() if one.chosen]
    assert chosen.form in (Form.LATE, Form.CHAIN_LATE)
    assert chosen.accuracy > measured[Form.CHAIN].accuracy + 0.1
    assert chosen.ece < measured[Form.CHAIN].ece
    assert chosen.low < chosen.accuracy < chosen.high
    # Too few cases to grow trees from.
    assert Form.BOOSTED not in measured


@pytest.mark.slow
def test_what_only_a_field_tells_is_told_by_boosting_and_is_calibrated() -> None:
    held = by_person(700)
    learned = learn(held, ("who",))
    assert learned.model.form in (Form.BOOSTED, Form.BOOSTED_LATE)
    measured = {one.form: one for one in learned.measured}
    best = measured[learned.model.form]
    # Of three moves a case the first is a matter of chance, the others are sure.
    assert best.accuracy == pytest.approx((CHANCE + 2) / 3, abs=0.04)
    assert best.accuracy > measured[Form.CHAIN].accuracy + 0.05
    assert best.ece < 0.05
    assert best.left_error_s is not None
    assert best.left_error_s < (measured[Form.CHAIN].left_error_s or 0.0) / 2
    for who, step in (("ann", "mail"), ("bob", "call")):
        asked = [case(700 + n, ("ask", 0), who=who) for n in range(100)]
        rows = told(learned, *asked).rows
        shares = [{s.activity: s.probability for s in row.next.steps}[step] for row in rows]
        assert np.mean(shares) == pytest.approx(CHANCE, abs=0.08)
        left = [row.next.left_s for row in rows]
        assert np.median(left) == pytest.approx({"ann": 2, "bob": 101}[who] * 3600, rel=0.15)
    again = Learned.of(json.loads(json.dumps(learned.plain(), allow_nan=False)))
    assert again is not None
    one, two = (told(kept, case(900, ("ask", 0), who="bob")) for kept in (learned, again))
    assert one.model_dump_json() == two.model_dump_json()


def test_nothing_that_comes_later_has_a_part_in_the_choice() -> None:
    held = drifting(120)
    until = float(held[90].seconds[0])
    changed = [
        replace(
            one,
            events=tuple(
                e if e.at.timestamp() <= until else replace(e, activity="strange")
                for e in one.events
            ),
        )
        for one in held
    ]
    assert changed != held
    assert fit(changed, until=until).plain() == fit(held, until=until).plain()
    assert fit(known_by(held, until)).plain() == fit(held, until=until).plain()
    # 96 of 120 are known when the last fifth begins, and those alone choose and are measured by.
    first = float(held[96].seconds[0])
    past, measured = measure(held)
    assert past is not None
    assert past.plain() == fit(held[:96], until=first).plain()
    assert [one.form for one in learn(held).measured if one.chosen] == [past.form]
    assert learn(held).measured == measured


def test_an_end_counts_only_from_when_it_was_known() -> None:
    [silent] = steady(1)
    over = silent.events[-1].at + timedelta(days=3)
    silent = replace(silent, known_at=over)
    [before] = known_by([silent], (over - timedelta(hours=1)).timestamp())
    [after] = known_by([silent], over.timestamp())
    assert (before.ended, after.ended) == (False, True)
    assert before.events == after.events == silent.events
    # None of them was known to have ended when the last fifth began: nothing to measure.
    late = [replace(one, known_at=one.events[-1].at + timedelta(days=30)) for one in steady(100)]
    assert measure(late) == (None, ())
    assert measure(steady(100))[1]


def test_open_cases_do_not_push_ended_ones_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "LATEST", 40)
    monkeypatch.setattr(foretold, "LATEST", 40)
    held = steady(60)
    held += [case(n, ("ask", 0), ended=False) for n in range(60, 160)]
    kept = foresight.newest(held)
    assert [one.case_id for one in kept] == [one.case_id for one in held[20:]]
    assert told(learn(held), case(900, ("ask", 0))).learned_from == 40


def test_rare_steps_share_a_name_and_unknown_ones_are_left_out() -> None:
    rare = [case(n, ("ask", 0), (f"step {n}", 1), ("close", 1)) for n in range(90)]
    many = Foresight.of(json.loads(json.dumps(fit(rare).plain())))
    assert OTHER in many.encoder.names
    learned = learn(steady(60))
    found = told(learned, case(900, ("fax", 0)), case(901, ("ask", 0)))
    assert (found.open, found.left_out, len(found.rows)) == (2, 1, 1)
    # A case stands where its last step is, and what is left counts from there.
    [row] = told(learned, case(900, ("ask", 0), ("fax", 1))).rows
    assert (row.label, row.at) == ("FAX", MONDAY + timedelta(hours=901))
    [before] = told(learned, case(900, ("ask", 0))).rows
    assert row.next.steps == before.next.steps
    assert row.next.left_s == pytest.approx((before.next.left_s or 0.0) - 3600)


def test_the_case_that_is_expected_to_end_last_comes_first() -> None:
    learned = learn([case(n, ("ask", 0), ("call", 10), ("close", 5)) for n in range(60)])
    old, new = case(100, ("ask", 0)), case(190, ("call", 0))
    rows = told(learned, old, new).rows
    assert [(row.id, (row.next.left_s or 0) / 3600) for row in rows] == [
        ("c0190", 5),
        ("c0100", 15),
    ]


def test_a_case_that_comes_back_to_a_step_counts_once() -> None:
    back = [step for _ in range(5) for step in (("ask", 1.0), ("mail", 1.0))]
    learned = learn([case(n, *back, ("close", 1.0)) for n in range(60)])
    assert [row.next.journeys for row in told(learned, case(900, ("ask", 0))).rows] == [60]


def test_trees_that_were_not_tried_are_not_grown() -> None:
    # 240 cases are known when the last fifth begins, of which the first 180 are tried.
    past, measured = measure(drifting(300))
    assert past is not None
    assert past.ways.boosted is None
    assert {one.form for one in measured} == {Form.CHAIN, Form.LATE, Form.CHAIN_LATE}


def test_the_way_that_was_measured_is_kept_though_later_cases_suit_another() -> None:
    # Steady for most of the time; only the last fifth, on which it is measured, drifts.
    held = [case(n, ("ask", 0), ("mail", 1.0), ("close", 1.0)) for n in range(160)]
    held += [case(n, ("ask", 0), ("call", 1.0), ("close", 1.0)) for n in range(160, 200)]
    (past, measured), learned = measure(held), learn(held)
    assert past is not None
    assert fit(held).form is not past.form
    assert learned.model.form is past.form
    assert [one.form for one in learned.measured if one.chosen] == [past.form]
    assert learned.measured == measured


def test_too_few_cases_teach_nothing_and_little_is_not_measured() -> None:
    with pytest.raises(TooFewEndedError, match="29 cases"):
        learn(steady(FEW - 1))
    learned = learn(steady(FEW))
    assert learned.measured == ()
    page = render(told(learned, case(900, ("ask", 0))), MONDAY)
    assert "Too few journeys have ended to measure it" in page
    assert Learned.of({"names": ["ask"], "order": 1}) is None


def test_where_nothing_is_known_of_the_latest_cases_a_chain_speaks() -> None:
    held = [case(number, ("ask", 0), ("close", 24.0)) for number in range(40)]
    # When the last of them asked, none that asked on the day before was closed.
    model = fit(held, until=float(held[-1].seconds[0]))
    assert model.form is Form.CHAIN
    later = [case(40, ("ask", 0), ended=False)]
    [row] = Learned(model, (), 16).foretell([later], str).rows
    assert (row.next.steps[0].activity, row.next.left_s) == ("close", 86_400.0)


def test_open_cases_are_those_that_neither_ended_nor_fell_silent(tmp_path: Path) -> None:
    lines = ["case_id,activity,timestamp,who"]
    for one in steady(60):
        lines += [f"{e.case_id},{e.activity},{e.at.isoformat()},ann" for e in one.events]
    late = MONDAY + timedelta(hours=62)
    lines += [f"silent,ask,{MONDAY.isoformat()},ann", f"open,ask,{late.isoformat()},bob"]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    held, quality = read(path, Keys(), ("who",))
    assert quality.events == len(lines) - 1
    assert {e.attributes["who"] for one in held for e in one.events} == {"ann", "bob"}
    stands = standing(held)
    assert stands.ends == ("close",)
    still = [one.case_id for one in stands.cases if not one.ended]
    assert "open" in still
    assert "silent" not in still
    # Said by a person, the rule is theirs.
    loose = standing(held, ends=("call",), quiet=timedelta(days=300))
    assert {"silent", "open"} < {one.case_id for one in loose.cases if not one.ended}
    before = standing(held, as_of=MONDAY + timedelta(hours=30))
    assert max(one.events[-1].at for one in before.cases) <= before.as_of


def test_a_step_that_cases_are_just_at_does_not_end_them() -> None:
    held = [case(n, ("ask", 0), ("mail", 1.0), ("close", 1.0)) for n in range(17)]
    held += [case(17 + n, ("ask", 99 - n + n / 100)) for n in range(24)]
    stands = standing(held)
    assert stands.ends == ("close",)
    assert sum(not one.ended for one in stands.cases) == 24
    # That the others closed was known at once, though all of them have long been silent.
    assert stands.cases[0].known_at == stands.cases[0].events[-1].at
    quiet = standing(held, ends=("nothing",), quiet=timedelta(hours=3))
    assert quiet.cases[0].known_at == quiet.cases[0].events[-1].at + timedelta(hours=3)


def test_a_field_that_no_event_of_a_log_has_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    said = {"concept:name": "ask", "org:resource": "ann"}
    strings = "".join(f'<string key="{key}" value="{value}"/>' for key, value in said.items())
    when = '<date key="time:timestamp" value="2026-03-02T09:00:00Z"/>'
    name = '<string key="concept:name" value="c1"/>'
    path.write_text(f"<log><trace>{name}<event>{strings}{when}</event></trace></log>")
    assert len(read(path, Keys(), ("org:resource",))[0]) == 1
    with pytest.raises(MissingColumnError, match="has an attribute 'team'"):
        read(path, Keys(), ("team",))


def test_the_page_and_the_tables_show_ways_and_cases(tmp_path: Path) -> None:
    found = told(learn(drifting(180)), case(900, ("ask", 0)), case(901, ("ask", 0), ("<b>", 1)))
    page = render(found, MONDAY, "case", " of a log")
    assert "<b>" not in page
    assert "What comes next in open cases" in page
    assert "method used" in page
    assert "simple comparison" in page
    for body in re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL):
        assert body.count("<td") == body.count("data-head=") > 0
    assert page.count('<table class="stack">') == page.count("<table") == 2
    assert "further rows" not in page
    short = render(found, MONDAY, rows=1, more="/v1/next-steps?limit=9", fitted_at=MONDAY)
    assert "1 further rows: <code>/v1/next-steps?limit=9</code>" in short
    assert "Learned on 2 March 2026" in short
    write(found, tmp_path)
    rows = (tmp_path / "foretold.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + found.open == 3
    assert json.loads((tmp_path / "foretold.json").read_bytes())["measured"]
