"""A journey rolls its contacts up, merges their timelines and takes its events."""

from collections.abc import Callable
from datetime import timedelta

from domain.event import Event
from domain.journey import Built, Contact, EntryKind, Journey
from domain.signal import SignalKind, SubjectKind

Make = Callable[..., Contact]
MakeEvent = Callable[..., Event]
Build = Callable[..., Built]
ME = ["email:anna.adler@post.example"]
SAID = [("customer", 0.0, "still no hinges, order 77120345"), ("agent", 1.0, "on its way")]


def events_of(journey: Journey) -> list[str]:
    return [e.name for e in journey.timeline if e.kind is EntryKind.EVENT]


def test_signals_are_rolled_up_end_weighted(contact: Make, built: Build) -> None:
    first = contact("1", 0, SAID, shows=ME, intents=["delivery_problem"], mood=0.3)
    second = contact(
        "2", 40, SAID, shows=ME, intents=["service_complaint", "delivery_problem"], mood=-0.6
    )
    (journey,) = built([first, second]).journeys
    kinds = {s.kind: s for s in reversed(journey.signals)}
    assert all(
        s.subject_kind is SubjectKind.JOURNEY and s.subject_id == journey.id
        for s in journey.signals
    )
    assert kinds[SignalKind.INTENT].label == "delivery_problem"
    assert kinds[SignalKind.INTENT].details["main"] is True
    mood, trend = kinds[SignalKind.SENTIMENT], kinds[SignalKind.SENTIMENT_TREND]
    assert mood.value == round((0.3 + 2 * -0.6) / 3, 4)
    assert (mood.label, trend.label, trend.value) == ("negative", "worsening", -0.9)


def test_a_complaint_is_the_main_need_only_when_it_stands_alone(
    contact: Make, built: Build
) -> None:
    alone = built([contact("1", shows=ME, intents=["service_complaint"])]).journeys[0]
    assert alone.signals[0].label == "service_complaint"


def test_the_timeline_is_merged_and_in_order(contact: Make, event: MakeEvent, built: Build) -> None:
    one = contact(
        "1", 0, SAID, shows=ME, status=[(0, "new"), (5, "solved")], handovers=[(2, True)],
        rating=(6, 2),
    )  # fmt: skip
    (journey,) = built([one], [event("help_searched", -3, *ME, query="hinges")]).journeys
    assert [e.at for e in journey.timeline] == sorted(e.at for e in journey.timeline)
    assert [e.kind.value for e in journey.timeline][:3] == ["event", "contact", "turn"]
    names = {(e.kind.value, e.name) for e in journey.timeline}
    assert names >= {
        ("handover", "escalation"), ("status", "solved"), ("rating", "2"), ("outcome", "resolved"),
    }  # fmt: skip
    assert journey.opened_at == one.conversation.started_at - timedelta(hours=3)
    assert journey.effort.seconds_to_resolution == 8 * 3600


def test_events_far_away_belong_to_no_journey(
    contact: Make, event: MakeEvent, built: Build
) -> None:
    day = 24.0
    events = [
        event("help_searched", -8 * day, *ME),
        event("help_searched", -6 * day, *ME),
        event("order_delivered", 6 * day, *ME),
        event("order_delivered", 9 * day, *ME),
        event("help_searched", 1, "email:ben.brook@mail.example"),
    ]
    (journey,) = built([contact("1", 0, SAID, shows=ME)], events).journeys
    assert events_of(journey) == ["help_searched", "order_delivered"]


def test_an_event_goes_to_the_issue_that_names_its_order(
    contact: Make, event: MakeEvent, built: Build
) -> None:
    parcel = contact("1", 0, [("customer", 0, "where is order NLO-30127")], shows=ME)
    sim = contact("2", 72, [("customer", 0, "order NLO-30588 came empty")], shows=ME)
    late = event("order_delivered", 73, *ME, order="NLO-30127")
    bare = event("order_delivered", 74, *ME)
    first, second = built([parcel, sim], [late, bare]).journeys
    assert [e.subject_id for e in first.timeline if e.kind is EntryKind.EVENT] == [late.id]
    assert [e.subject_id for e in second.timeline if e.kind is EntryKind.EVENT] == [bare.id]


def test_a_survey_speaks_of_what_came_before(contact: Make, event: MakeEvent, built: Build) -> None:
    before = contact("1", 0, [("customer", 0, "order NLO-30127 lost")], shows=ME)
    after = contact("2", 30, [("customer", 0, "order NLO-30588 lost")], shows=ME)
    survey = event("survey_answered", 29, *ME, score=5)
    first, second = built([before, after], [survey]).journeys
    assert (events_of(first), events_of(second)) == (["survey_answered"], [])


def test_a_journey_is_open_until_its_last_contact_rests(contact: Make, built: Build) -> None:
    one = contact("1", 0, SAID, shows=ME)
    start = one.conversation.started_at
    assert built([one], now=start + timedelta(hours=5)).journeys[0].closed_at is None
    assert built([one]).journeys[0].closed_at == start + timedelta(hours=1)
