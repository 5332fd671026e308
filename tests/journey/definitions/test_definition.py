"""A definition that cannot be used is refused by field; one that can has a name of its content."""

import copy
from typing import Any

import pytest

from ingest.names import aliases
from journey.definitions.read import DefinitionError, check, read, shipped, unknown_names
from journey.definitions.rules import Condition
from journey.events.registry import meanings, registry
from tests.journey.definitions.made import GIVEN


def changed(path: str, value: object) -> dict[str, Any]:
    """Give the definition with one value changed; ``...`` takes the field away."""
    given: Any = copy.deepcopy(GIVEN)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = given
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return dict(given)


@pytest.mark.parametrize(
    ("path", "value", "field", "reason"),
    [
        ("title", ..., "title", "is missing"),
        ("id", "Not An Id", "id", "pattern"),
        ("timeout_days", 0, "timeout_days", "greater than 0"),
        ("colour", "red", "colour", "no such field"),
        ("start", {"ned": "refund_request"}, "start[0].ned", "no such field"),
        ("start", {}, "start[0]", "at least one thing"),
        ("start", {"event": "a", "contact": "any"}, "start[0]", "one kind of step"),
        ("start", {"event": "a", "need": "b"}, "start[0]", "need is told of contacts"),
        ("start", {"marks": "bad"}, "start[0].marks", "none of"),
        ("start", {"sentiment_below": 3}, "start[0].sentiment_below", "less than or equal to 1"),
        ("stages.1.enter", ..., "stages[1].enter", "only the first stage"),
        ("stages.1.id", "asked", "stages", "asked stands twice"),
        ("stages.2.enter.handover", [], "stages[2].enter[0].handover", "needs at least 1"),
        ("success.0.within_days", 60, "success[0].within_days", "longer than timeout_days"),
        ("success.0.mean", "effort", "success[0]", "either share or mean"),
        ("guardrails.0.at_most", ..., "guardrails[0]", "needs at_least or at_most"),
        ("guardrails.0.at_most", 25, "guardrails[0]", "between 0 and 1"),
        ("guardrails.1.stage", "no", "guardrails[1].stage", "there is no stage no"),
    ],
)
def test_a_mistake_is_named_by_its_field(path: str, value: object, field: str, reason: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        check(changed(path, value))
    [mistake] = caught.value.mistakes
    assert mistake.field == field
    assert reason in mistake.reason


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        check(changed("title", ...) | {"timeout_days": -1, "colour": 1})
    assert {mistake.field for mistake in caught.value.mistakes} == {
        "title",
        "timeout_days",
        "colour",
    }


@pytest.mark.parametrize("text", ["- a list", "just words", "id: [", "42"])
def test_what_is_no_definition_is_said_to_be_none(text: str) -> None:
    with pytest.raises(DefinitionError):
        read(text)


def test_yes_and_no_of_yaml_are_states() -> None:
    assert Condition.model_validate({"repeat": True}).repeat == ("yes",)
    assert Condition.model_validate({"resolved": [False, "open"]}).resolved == ("no", "open")


def test_the_six_shipped_definitions_speak_of_known_names_only() -> None:
    assert set(shipped()) == {
        "account_recovery",
        "cancellation",
        "contact_us",
        "delivery_problem",
        "onboarding",
        "refund_return",
    }
    # Seen in the sample, though in no registry: a definition may speak of those too.
    known = registry(aliases()).names | {"esim_activated", "app_opened", "wallet_card_added"}
    for definition in shipped().values():
        assert not unknown_names(definition, known)
        assert all(stage.decision for stage in definition.stages), definition.id


def test_the_version_is_of_the_content() -> None:
    first = check(GIVEN)
    assert check(copy.deepcopy(GIVEN)).version == first.version
    assert check(changed("timeout_days", 11)).version != first.version


def test_meanings_are_of_names_that_the_registry_knows() -> None:
    assert set(meanings()) <= registry(aliases()).names
