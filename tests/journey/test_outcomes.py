"""What came of a contact and of its journey, with the rule that says so."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.event import Event
from domain.journey import Built, Contact
from domain.outcome import Outcome, OutcomeKind, Provenance

Make = Callable[..., Contact]
MakeEvent = Callable[..., Event]
Build = Callable[..., Built]
ME = ["email:anna.adler@post.example"]
ASKS = "escalation_request"
SOLVED = [(0.0, "new"), (5.0, "solved")]


def outcome(built: Built, kind: str, contact: Contact | None = None) -> Outcome | None:
    if contact is None:
        found = built.journeys[0].outcomes
    else:
        found = built.contact_outcomes[contact.conversation.id]
    return next((o for o in found if o.kind == kind), None)


def test_settled_and_not_heard_of_again_is_resolved(contact: Make, built: Build) -> None:
    one = contact("1", 0, shows=ME, status=SOLVED)
    result = outcome(built([one]), OutcomeKind.RESOLVED, one)
    assert result is not None
    assert (result.state, result.provenance) == ("yes", Provenance.RECORDED)
    assert result.at == one.conversation.started_at + timedelta(hours=5)


def test_settled_but_back_again_is_not_resolved(contact: Make, built: Build) -> None:
    said = [("customer", 0.0, "still no hinges, order 77120345")]
    one = contact("1", 0, said, shows=ME, status=SOLVED)
    two = contact("2", 40, said, shows=ME, status=SOLVED)
    result = built([one, two])
    first = outcome(result, OutcomeKind.RESOLVED, one)
    assert first is not None
    assert (first.state, first.evidence) == ("no", (two.conversation.id,))
    last = outcome(result, OutcomeKind.RESOLVED)
    assert last is not None
    assert last.state == "yes"
    assert last.subject_id == result.journeys[0].id


def test_a_pending_ticket_is_open(contact: Make, built: Build) -> None:
    result = built([contact("1", shows=ME, status=[(0, "new"), (1, "pending")])])
    found = outcome(result, OutcomeKind.RESOLVED)
    assert found is not None
    assert found.state == "open"


def test_an_open_status_after_a_settled_one_is_reopened(contact: Make, built: Build) -> None:
    result = built([contact("1", shows=ME, status=[*SOLVED, (9, "open"), (20, "solved")])])
    found = outcome(result, OutcomeKind.REOPENED)
    assert found is not None
    assert (found.state, found.provenance) == ("yes", Provenance.RECORDED)


@pytest.mark.parametrize(
    ("up", "intents", "state", "provenance"),
    [
        (True, [], "yes", Provenance.RECORDED),
        (False, [ASKS], "yes", Provenance.INFERRED),
        (False, [], "no", Provenance.RECORDED),
    ],
)
def test_a_handover_up_is_an_escalation(
    contact: Make, built: Build, up: bool, intents: list[str], state: str, provenance: Provenance
) -> None:
    result = built([contact("1", shows=ME, handovers=[(1, up)], intents=intents)])
    found = outcome(result, OutcomeKind.ESCALATED)
    assert found is not None
    assert (found.state, found.provenance) == (state, provenance)


def test_a_feeble_guess_at_a_wish_is_no_escalation(contact: Make, built: Build) -> None:
    unsure = contact("1", shows=ME, handovers=[(1, False)], intents=[ASKS], probability=0.3)
    found = outcome(built([unsure]), OutcomeKind.ESCALATED)
    assert found is not None
    assert found.state == "no"


@pytest.mark.parametrize(("score", "state"), [(5, "yes"), (4, "yes"), (3, "no"), (1, "no")])
def test_a_rating_tells_satisfaction(contact: Make, built: Build, score: float, state: str) -> None:
    found = outcome(built([contact("1", shows=ME, rating=(2, score))]), OutcomeKind.SATISFIED)
    assert found is not None
    assert (found.state, found.provenance) == (state, Provenance.RECORDED)


def test_a_survey_event_tells_satisfaction(contact: Make, event: MakeEvent, built: Build) -> None:
    survey = event("survey_answered", 30, *ME, score=2.0)
    found = outcome(built([contact("1", shows=ME)], [survey]), OutcomeKind.SATISFIED)
    assert found is not None
    assert (found.state, found.evidence) == ("no", (survey.id,))


def test_nobody_asked_is_neither_yes_nor_no(contact: Make, built: Build) -> None:
    assert outcome(built([contact("1", shows=ME)]), OutcomeKind.SATISFIED) is None


def test_silence_after_our_question_is_abandoned(contact: Make, built: Build) -> None:
    turns = [("customer", 0, "desk wobbles"), ("agent", 1, "Do you see a slot in the screw?")]
    one = contact("1", 0, turns, shows=ME)
    soon = one.conversation.started_at + timedelta(hours=20)
    assert _state(built([one], now=soon)) == "open"
    assert _state(built([one])) == "yes"
    answered = contact("1", 0, [*turns, ("customer", 2, "yes, thanks, it is level")], shows=ME)
    assert _state(built([answered])) == "no"


def test_closed_for_want_of_an_answer_is_abandoned_not_resolved(
    contact: Make, built: Build
) -> None:
    turns = [
        ("customer", 0.0, "cannot log in"),
        ("agent", 0.1, "I've sent you a form."),
        ("system", 48.0, "Closed automatically after no answer."),
    ]
    result = built([contact("1", 0, turns, shows=ME, status=[(0, "new"), (48, "closed")])])
    resolved = outcome(result, OutcomeKind.RESOLVED)
    assert _state(result) == "yes"
    assert resolved is not None
    assert resolved.state == "no"


@pytest.mark.parametrize("channel", ["email", "form", "call"])
def test_what_nobody_answered_is_abandoned_not_resolved(
    contact: Make, built: Build, channel: str
) -> None:
    one = contact("1", 0, [("customer", 0.0, "the desk wobbles")], shows=ME, channel=channel)
    result = built([one])
    assert (_resolved(result), _state(result)) == ("no", "yes")


def test_what_nobody_answered_yet_is_open(contact: Make, built: Build) -> None:
    said = [("customer", 0.0, "the desk wobbles"), ("system", 0.1, "We answer within a day.")]
    one = contact("1", 0, said, shows=ME)
    soon = built([one], now=one.conversation.started_at + timedelta(hours=20))
    assert (_resolved(soon), _state(soon)) == ("open", "no")
    ticket = built([contact("1", 0, said, shows=ME, status=[(0, "new")])])
    assert (_resolved(ticket), _state(ticket)) == ("open", "no")


def test_praise_that_nobody_answered_is_not_abandoned(contact: Make, built: Build) -> None:
    result = built([contact("1", 0, [("customer", 0, "Lovely desk!")], shows=ME, mood=0.9)])
    assert (_resolved(result), _state(result)) == ("no", "no")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("And when does the refund come?", "no"),
        ("Can you tell me the date? Thanks, Anna", "no"),
        ("Please send me the label.", "no"),
        ("Monday? Okay then.", "yes"),
        ("Did it myself, thanks.", "yes"),
        ("It is level now.", "yes"),
    ],
)
def test_a_last_question_without_an_answer_is_not_resolved(
    contact: Make, built: Build, words: str, state: str
) -> None:
    turns = [
        ("customer", 0, "desk wobbles"),
        ("agent", 1, "Turn the screw."),
        ("customer", 2, words),
    ]
    assert _resolved(built([contact("1", 0, turns, shows=ME)])) == state


@pytest.mark.parametrize(("mood", "state"), [(-0.9, "no"), (-0.2, "yes")])
def test_a_last_complaint_without_an_answer_is_not_resolved(
    contact: Make, built: Build, mood: float, state: str
) -> None:
    turns = [("customer", 0, "desk wobbles"), ("agent", 1, "Bad luck."), ("customer", 2, "A joke.")]
    one = contact("1", 0, turns, shows=ME, last_mood=mood)
    assert _resolved(built([one])) == state


def test_the_team_settles_a_question_but_not_one_that_comes_after(
    contact: Make, built: Build
) -> None:
    turns = [
        ("customer", 0.0, "desk wobbles"),
        ("agent", 1.0, "Turn the screw."),
        ("customer", 4.0, "Which of the two?"),
    ]
    before = contact("1", 0, turns, shows=ME, status=[(0, "new"), (2, "solved")])
    after = contact("1", 0, turns, shows=ME, status=[(0, "new"), (5, "solved")])
    assert (_resolved(built([before])), _resolved(built([after]))) == ("no", "yes")


def _resolved(result: Built) -> str:
    found = outcome(result, OutcomeKind.RESOLVED)
    assert found is not None
    return found.state.value


def _state(result: Built) -> str:
    found = outcome(result, OutcomeKind.ABANDONED)
    assert found is not None
    return found.state.value
