"""The context of a customer is short, proven by quotes, and shows no identifier."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.event import Event
from domain.journey import Built, Contact
from journey.context import MAX_CHARS, MAX_POINTS, Context, Section, summarise
from journey.policy import JourneyPolicy

Make = Callable[..., Contact]
MakeEvent = Callable[..., Event]
Build = Callable[..., Built]
ME = ["email:anna.adler@post.example"]
LOOK = 24 * 9.0


@pytest.fixture
def story(contact: Make, event: MakeEvent, built: Build) -> Callable[..., Context]:
    """A customer who came back twice, was promised a call, and waits."""
    chat = contact(
        "1", 0,
        [
            ("bot", 0.0, "Ask me about gifts!"),
            ("customer", 0.1, "no hinges in order 77120345 " + "and so on " * 60),
            ("agent", 0.2, "I'll call you back by Friday."),
        ],
        shows=ME, name="Anna Adler", agent="Kit", intents=["delivery_problem"], mood=0.1,
        status=[(0, "new"), (1, "pending")],
        entities=[("order_number", "77120345", 1, 19, 27)],
    )  # fmt: skip
    mail = contact(
        "2", 120,
        [("customer", 0.0, "Still no hinges and nobody called. I want a manager.")],
        shows=ME, channel="email", intents=["delivery_problem", "escalation_request"], mood=-0.8,
        status=[(0, "new")],
    )  # fmt: skip
    events = [event("help_searched", -1, *ME, query="hinges"), event("help_searched", -2, *ME)]

    def look(hours: float = LOOK, *, hidden: bool = False) -> Context:
        now = chat.conversation.started_at + timedelta(hours=hours)
        result = built([chat, mail], events, now=now)
        texts = {c.conversation.id: c.conversation.turns for c in (chat, mail)}
        return summarise(
            result.identities[0],
            result.journeys,
            [chat, mail],
            events,
            lambda id_, turn, start, end: (
                "" if hidden else texts[id_][turn].text[start:end].replace("77120345", "[ORDER_1]")
            ),
            JourneyPolicy(),
            now,
        )

    return look


def texts(context: Context, section: Section) -> list[str]:
    return [point.text for point in context.points if point.section is section]


def test_it_is_short_enough_for_ten_seconds(story: Callable[..., Context]) -> None:
    context = story()
    assert 8 <= len(context.points) <= MAX_POINTS
    assert all(len(point.text) <= MAX_CHARS for point in context.points)
    order = list(Section)
    places = [order.index(point.section) for point in context.points]
    assert places == sorted(places)


def test_it_says_what_an_agent_needs(story: Callable[..., Context]) -> None:
    context = story()
    assert texts(context, Section.WHO)[0].startswith("A.A. (person")
    assert "delivery problem: “Still no hinges" in texts(context, Section.WANT)[0]
    assert texts(context, Section.TOLD) == ["order number: [ORDER_1]"]
    assert texts(context, Section.PROMISE)[0].startswith("Overdue, due 06 Mar 23:59")
    assert "searched the help centre (2 times)" in texts(context, Section.TRIED)[-1]
    assert "worsening" in texts(context, Section.MOOD)[0]
    risks = " | ".join(texts(context, Section.RISK))
    assert "Asks for somebody higher" in risks
    assert "1 promise overdue" in risks
    assert "Came back about the same issue within 168 h: 2 contacts" in risks


def test_a_promise_is_open_before_it_is_overdue(story: Callable[..., Context]) -> None:
    soon = story(121)
    assert soon.journey_id is not None
    assert "overdue" in " ".join(texts(soon, Section.RISK))
    early = story(90)
    assert texts(early, Section.PROMISE)[0].startswith("Open, due")


def test_every_quote_opens_and_is_redacted(story: Callable[..., Context]) -> None:
    quotes = [point.quote for point in story().points if point.quote]
    assert len(quotes) >= 4
    assert all(q.conversation_id.startswith("cnv_") and q.start < q.end for q in quotes)
    assert not any("77120345" in point.text for point in story().points)


def test_words_that_may_not_be_shown_are_left_out(story: Callable[..., Context]) -> None:
    context = story(hidden=True)
    assert not any(point.quote for point in context.points)
    assert texts(context, Section.WANT) == ["delivery problem"]
    assert not any("quote" in point.text or "“" in point.text for point in context.points)


def test_somebody_who_was_never_in_touch_has_one_line(event: MakeEvent, built: Build) -> None:
    result = built([], [event("order_placed", 0, *ME)])
    now = result.links[0].at if result.links else None
    context = summarise(
        result.identities[0], [], [], [], lambda *_: "", JourneyPolicy(), now or _now(event)
    )
    assert [point.section for point in context.points] == [Section.WHO]
    assert context.journey_id is None


def _now(event: MakeEvent) -> object:
    return event("look", 5).at


@pytest.fixture
def points(built: Build) -> Callable[..., dict[Section, list[str]]]:
    """Tell the points of contacts of one customer, by section, nothing redacted."""

    def look(*contacts: Contact) -> dict[Section, list[str]]:
        now = contacts[-1].conversation.started_at + timedelta(days=9)
        result = built(contacts, now=now)
        said = {c.conversation.id: c.conversation.turns for c in contacts}
        context = summarise(
            result.identities[0],
            result.journeys,
            contacts,
            [],
            lambda id_, turn, start, end: said[id_][turn].text[start:end],
            JourneyPolicy(),
            now,
        )
        return {section: texts(context, section) for section in Section}

    return look


def test_a_name_is_known_from_any_contact(
    contact: Make, points: Callable[..., dict[Section, list[str]]]
) -> None:
    named = contact("1", 0, shows=ME, name="Frau Dr. Anna Adler", intents=["praise"])
    short = contact("2", 900, shows=ME, name="Anna", intents=["login_problem"])
    nobody = contact("3", 1_800, shows=ME, name="Unknown caller", intents=["refund_request"])
    assert points(named, short, nobody)[Section.WHO][0].startswith("A.A. (person")


def test_told_are_facts_not_common_nouns(
    contact: Make, points: Callable[..., dict[Section, list[str]]]
) -> None:
    words = "My phone and travel card: order 77120345, 40 pounds, today, 14 May"
    spans = [
        ("product", "phone"), ("product", "travel card"), ("date", "today"), ("date", "14 May"),
        ("money", "40 pounds"), ("order_number", "77120345"),
    ]  # fmt: skip
    entities = [(k, w, 0, words.index(w), words.index(w) + len(w)) for k, w in spans]
    turns = [("customer", 0.0, words)]
    full = contact("1", 0, turns, shows=ME, entities=entities)
    assert points(full)[Section.TOLD] == ["order number: 77120345", "money: 40 pounds"]
    few = contact("1", 0, turns, shows=ME, entities=entities[:4])
    assert points(few)[Section.TOLD] == ["date: 14 May", "product: travel card"]
    assert points(contact("1", 0, turns, shows=ME, entities=entities[:1]))[Section.TOLD] == []


def test_tried_is_what_was_done_not_what_was_announced(
    contact: Make, points: Callable[..., dict[Section, list[str]]]
) -> None:
    turns = [
        ("customer", 0.0, "No signal. I've already restarted the router twice."),
        ("agent", 0.1, "We have reset the line. Is the lamp green? I'll have a look at the mast."),
    ]
    tried = points(contact("1", 0, turns, shows=ME))[Section.TRIED]
    assert tried == [
        "Team: “We have reset the line.”",
        "Customer: “I've already restarted the router twice.”",
    ]
    only_announced = [("customer", 0.0, "No signal."), ("agent", 0.1, "I'll have a look.")]
    assert points(contact("1", 0, only_announced, shows=ME))[Section.TRIED] == []
