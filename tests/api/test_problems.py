"""Every refusal has one shape and never repeats what the customer wrote."""

import json
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError

from api.access import Access
from api.body_limit import BodyLimit
from api.problems import MEDIA_TYPE, install
from api.strict import MAX_DEPTH, StrictRoute, refuse_faults
from api.telemetry import Telemetry
from workers.logs import JsonFormatter
from workers.telemetry import Tracing

SECRET = "Ada-Secretson"


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    count: int
    text: str = ""


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    install(app)
    app.add_middleware(BodyLimit, limit=2_000)
    app.add_middleware(Access, telemetry=Telemetry(), tracing=Tracing())
    app.router.route_class = StrictRoute

    @app.post("/things")
    def make(body: Body) -> dict[str, int]:
        return {"count": body.count}

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError(SECRET)

    @app.get("/away")
    def away() -> None:
        raise OperationalError("select", {}, Exception(SECRET))

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_wrong_field_is_told_by_place_and_never_by_value(client: TestClient) -> None:
    answer = client.post("/things", json={"count": SECRET, SECRET + " x": 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert problem["type"] == "/problems/invalid-request"
    assert {error["pointer"] for error in problem["errors"]} == {"#/count", "#/*"}
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"count": 1',
        b"\xff\xfe\x00",
        b'{"count": 1, "text": "\xe9"}',
        b'{"count": 1, "text": "\\ud800"}',
        b'{"count": NaN}',
        b'{"count": 1e999}',
        b"[" * 1_900,
        b'{"count": ' + b"9" * 1_000 + b"}",
    ],
)
def test_what_is_not_json_is_refused(client: TestClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/things", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_nul_and_huge_numbers_are_refused_by_place(client: TestClient) -> None:
    answer = client.post("/things", json={"count": 2**60, "text": "a\x00b"})
    assert answer.status_code == 422
    assert {e["pointer"] for e in answer.json()["errors"]} == {"#/count", "#/text"}


def test_depth_has_an_end() -> None:
    deep: object = "x"
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    with pytest.raises(Exception, match="cannot be kept"):
        refuse_faults(deep)


def test_another_media_type_is_refused(client: TestClient) -> None:
    for headers in ({"content-type": "text/plain"}, {}):
        answer = client.post("/things", content=b'{"count": 1}', headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (415, 415)


def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_so(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps({"count": 1, "text": "x" * 3_000}).encode()
    stated = client.post("/things", content=body, headers=headers)
    chunked = client.post("/things", content=iter([body[:1_500], body[1_500:]]), headers=headers)
    for answer in (stated, chunked):
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/body-too-large"


def test_an_unexpected_error_says_nothing_of_its_cause(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert SECRET not in answer.text + caplog.text
    (line,) = [r for r in caplog.records if r.getMessage() == "unexpected error"]
    told = json.loads(JsonFormatter().format(line))
    assert told["exception"] == "RuntimeError"
    assert "broken" in told["frames"][-1]


def test_a_lost_database_is_told_with_the_time_to_come_back(client: TestClient) -> None:
    answer = client.get("/away")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert SECRET not in answer.text


def test_unknown_addresses_and_methods_are_problems_too(client: TestClient) -> None:
    assert client.get("/nothing").json()["type"] == "/problems/not-found"
    answer = client.delete("/things")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_a_nul_in_the_address_is_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    assert client.post("/things?a=%00", content=b"{}", headers=headers).status_code == 400
