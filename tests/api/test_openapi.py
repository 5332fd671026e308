"""The OpenAPI document tells the truth: no input leads to a 5xx or to an undeclared answer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.serve import server
from settings import Settings

KEY = {"X-API-Key": "dev", "Authorization": "Bearer dev"}
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
NAMES = [
    "add_signal",
    "analytics_contacts",
    "apply_retag",
    "avoidable_contacts",
    "avoidable_contacts_page",
    "before_after",
    "before_after_page",
    "cancel_retag",
    "cancel_taxonomy_job",
    "correct_labels",
    "create_taxonomy",
    "create_version",
    "drivers",
    "drivers_page",
    "fit_journey_types",
    "get_context",
    "get_conversation",
    "get_event_names",
    "get_evidence",
    "get_job",
    "get_journey",
    "get_journey_chain",
    "get_journey_definition",
    "get_journey_map",
    "get_journey_map_page",
    "get_journey_types",
    "get_lens",
    "get_retag",
    "get_retag_changes",
    "get_taxonomy",
    "get_taxonomy_job",
    "get_taxonomy_job_result",
    "get_theme",
    "get_theme_proposal",
    "healthz",
    "journey_types_page",
    "kpis",
    "kpis_page",
    "lenses_page",
    "lint_examples",
    "list_conversations",
    "list_customer_journeys",
    "list_dead_letters",
    "list_journey_definitions",
    "list_journey_map_journeys",
    "list_journeys",
    "list_lens_journeys",
    "list_lenses",
    "list_models",
    "list_next_steps",
    "list_retags",
    "list_taxonomies",
    "list_taxonomy_jobs",
    "list_theme_conversations",
    "list_themes",
    "list_type_journeys",
    "merge_themes",
    "metrics",
    "move_statements",
    "move_statements_back",
    "next_steps_page",
    "outcomes_by_signal",
    "patch_theme",
    "post_conversations",
    "post_diff",
    "post_events",
    "post_gaps",
    "post_label_report",
    "post_queue",
    "post_retag",
    "post_training",
    "post_trust_report",
    "post_trust_sample",
    "post_turns",
    "readyz",
    "refit_taxonomy",
    "refit_themes",
    "remove_journey_definition",
    "remove_signal",
    "replace_signal",
    "replay_dead_letter",
    "replay_dead_letters",
    "rollback_taxonomy",
    "save_journey_definition",
    "say_event_alias",
    "set_live",
    "set_threshold",
    "split_theme",
    "tag",
    "take_back_event_alias",
    "take_back_theme_decision",
    "theme_changes",
    "theme_report",
    "theme_report_contacts",
    "theme_report_page",
]
PATIENCE_S = 300
ANALYSES = {"Analytics", "Lenses"}
FEW = 6
"""Each call of an analysis fills its tables anew."""
EXEMPLARY = {
    "create_version",
    "get_conversation",
    "get_evidence",
    "get_job",
    "get_taxonomy",
    "get_taxonomy_job_result",
    "lint_examples",
    "list_models",
    "tag",
}
"""Operations whose answer is shown."""
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document(still: Any) -> dict[str, Any]:  # noqa: ANN401
    return dict(still.http.get("/openapi.json").json())


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (operation for method, operation in path.items() if method in METHODS)


def test_every_operation_is_told_in_words_with_examples(document: dict[str, Any]) -> None:
    for operation in operations(document):
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        if "requestBody" in operation:
            (content,) = operation["requestBody"]["content"].values()
            assert content["examples"]


def answer_schema(
    document: dict[str, Any], operation: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Give the name and the schema of what an operation answers when all is well."""
    good = next(answer for status, answer in operation["responses"].items() if status < "300")
    name = good["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return name, document["components"]["schemas"][name]


def test_answers_have_examples_that_hold_to_their_schema(document: dict[str, Any]) -> None:
    shown = [o for o in operations(document) if o["operationId"] in EXEMPLARY]
    assert {operation["operationId"] for operation in shown} == EXEMPLARY
    for operation in shown:
        name, schema = answer_schema(document, operation)
        assert schema["examples"], name
        parts = {"components": document["components"], "$ref": f"#/components/schemas/{name}"}
        validator = jsonschema_rs.Draft202012Validator(parts)
        for example in schema["examples"]:
            assert [str(error) for error in validator.iter_errors(example)] == [], name
            assert example.keys() <= schema["properties"].keys()


def test_examples_of_answers_look_like_answers(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    signals = [
        signal
        for name in ("TagAnswer", "EvidenceAnswer", "ConversationView")
        for example in schemas[name]["examples"]
        for signal in example["signals"]
    ]
    assert {"intent", "effort", "satisfaction"} <= {signal["kind"] for signal in signals}
    assert any(s["abstained"] and s["reason"] for s in signals)
    for signal in signals:
        assert signal["id"].startswith("sig_")
        assert signal["subject_id"].startswith(("trn_", "cnv_"))
        if signal["model"].startswith("general-heads@"):
            assert len(signal["model"].split("-")) == 3  # head, and heads of turns in their talk
    spaces = {h["space"] for e in schemas["ModelsView"]["examples"] for h in e["heads"]}
    assert all("+signals@" in space for space in spaces)


def test_names_of_operations_are_stable(document: dict[str, Any]) -> None:
    assert sorted(operation["operationId"] for operation in operations(document)) == NAMES


def test_every_error_is_declared_as_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_the_page_for_people_needs_nothing_from_elsewhere(still: Any) -> None:  # noqa: ANN401
    answer = still.http.get("/docs")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert all(f"id={name}" in answer.text for name in NAMES)
    assert "http" not in answer.text.replace("/healthz", "")
    assert "<script" not in answer.text


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory,
    tagger: Any,  # noqa: ANN401
    conversation: Callable[..., dict[str, Any]],
) -> Iterator[str]:
    """Serve an application over real HTTP, with a conversation in it."""
    from tests.api.conftest import conversation

    path: Path = tmp_path_factory.mktemp("openapi") / "throughline.db"
    chosen = Settings(_env_file=None, database_url=SecretStr(f"sqlite:///{path}"))
    app = create_app(chosen, lambda _settings, _database: tagger)
    served = server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=served.run)
    thread.start()
    while not served.started:
        time.sleep(0.01)
    port = served.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    assert httpx.post(f"{url}/v1/conversations", json=conversation(), headers=KEY).is_success
    yield url
    served.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def described(address: str) -> Any:  # noqa: ANN401
    return schemathesis.openapi.from_url(f"{address}/openapi.json", timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Give one connection for all the calls."""
    with requests.Session() as session:
        session.headers.clear()  # the calls bring their own
        yield session


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", NAMES)
def test_no_input_leads_to_a_fault(
    described: Any,  # noqa: ANN401
    session: requests.Session,
    name: str,
) -> None:
    asked = {"headers": KEY, "checks": CHECKS, "timeout": PATIENCE_S, "session": session}
    operation = described.find_operation_by_id(name)
    tries = FEW if operation.definition.raw["tags"][0] in ANALYSES else 25

    @settings(max_examples=tries, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def good(case: schemathesis.Case) -> None:
        case.call_and_validate(**asked)

    @settings(max_examples=tries, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def bad(case: schemathesis.Case) -> None:
        case.call_and_validate(**asked)

    good()
    with suppress(Unsatisfiable):  # an operation without input cannot be given a wrong one
        bad()
