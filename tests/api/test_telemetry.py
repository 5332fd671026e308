"""A call is followed to its signals, and nothing that is told of it holds what a customer wrote."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text as sql

import api.lifecycle
from api.app import create_app
from domain.base import now
from settings import Settings
from storage import progress, work
from storage.database import Database
from tests.api.conftest import SmallTagger
from workers.logs import JsonFormatter, TextFormatter
from workers.telemetry import Tracing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.conversation import Conversation
    from tests.api.conftest import Caller, SmallTagged

Written = Callable[..., dict[str, Any]]
SECRET = "xylophone-4711"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class PoisonTagger(SmallTagger):
    """Quotes what it cannot read, as careless code does."""

    def tag(
        self, conversations: "Sequence[Conversation]", *, needs: bool = True
    ) -> "list[SmallTagged]":
        said = " ".join(turn.text for one in conversations for turn in one.turns)
        if "poison" in said:
            raise RuntimeError(f"cannot read: {said}")
        return super().tag(conversations, needs=needs)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Keep the spans of an application in memory; ask for it before ``caller``."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider.get_tracer("test"))
    monkeypatch.setattr(api.lifecycle, "tracing_of", lambda _settings, _role: tracing)
    return exporter


@pytest.fixture
def http(settings: Settings, spans: InMemorySpanExporter) -> Iterator[TestClient]:
    app = create_app(settings, lambda _settings, _database: PoisonTagger())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def of_trace(spans: InMemorySpanExporter, trace: int) -> dict[str, ReadableSpan]:
    return {s.name: s for s in spans.get_finished_spans() if s.context.trace_id == trace}


def test_a_call_is_followed_to_its_signals(
    caller: "Caller", conversation: Written, spans: InMemorySpanExporter
) -> None:
    answer = caller.post("/v1/conversations", conversation(), traceparent=CALLER)
    caller.settled(answer.json()["id"])
    trace = int(CALLER.split("-")[1], 16)
    seen = {}
    caller.until(
        lambda: seen | of_trace(spans, trace), lambda found: "work tag" in found
    )  # the span ends just after the commit that the job tells
    seen = of_trace(spans, trace)
    request, claim = seen["POST /v1/conversations"], seen["work tag"]
    assert f"{request.parent.span_id:016x}" == CALLER.split("-")[2]
    assert claim.parent.span_id == request.context.span_id
    assert claim.attributes["throughline.work.outcome"] == "done"
    for step in ("keep signals", "build journeys"):
        assert seen[step].parent.span_id == claim.context.span_id
    # The model read a batch, which may be of many calls: it is linked both ways.
    (batch,) = [s for s in spans.get_finished_spans() if s.name == "batch"]
    assert [link.context.span_id for link in batch.links] == [request.context.span_id]
    assert [link.context.span_id for link in claim.links] == [batch.context.span_id]
    (model,) = [s for s in spans.get_finished_spans() if s.name == "model"]
    assert model.parent.span_id == batch.context.span_id


def test_a_batch_of_calls_is_linked_to_each(
    settings: Settings, conversation: Written, spans: InMemorySpanExporter
) -> None:
    app = create_app(settings, lambda _settings, _database: PoisonTagger())
    database = Database(settings.database_url.get_secret_value())
    database.upgrade()
    database.dispose()
    # Not started, so nobody works yet.
    early = TestClient(app)
    for n in range(3):
        body = conversation(str(n), identifiers=[f"user:{n}"])
        key = {"Authorization": "Bearer dev"}
        assert early.post("/v1/conversations", json=body, headers=key).status_code == 202
    with TestClient(app) as client:
        end = {"Authorization": "Bearer dev"}
        for n in range(3):
            client.get(
                "/v1/context",
                params={"conversation": f"zendesk:{n}", "wait_seconds": 30},
                headers=end,
            )
    batches = [s for s in spans.get_finished_spans() if s.name == "batch"]
    asked = {
        s.context.span_id for s in spans.get_finished_spans() if s.name == "POST /v1/conversations"
    }
    assert {link.context.span_id for batch in batches for link in batch.links} == asked
    assert len(asked) == 3


def test_no_customer_text_is_told_on_good_and_failing_paths(
    caller: "Caller",
    conversation: Written,
    spans: InMemorySpanExporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        caller.hand_in(conversation("good", f"my refund {SECRET}"))
        refused = _feed_what_fails(caller, conversation)
        database = caller.http.app.state.throughline.database  # type: ignore[attr-defined]
        with database.session() as session:
            session.execute(sql("ALTER TABLE turns RENAME TO gone"))
        body = conversation("lost", f"my refund {SECRET}")
        refused.append(caller.post("/v1/conversations", body).text)
        measured = caller.http.get("/metrics").text
    # The test's own client names the addresses that it calls.
    records = [record for record in caplog.records if not record.name.startswith("httpx")]
    lines = [JsonFormatter().format(record) for record in records]
    lines += [TextFormatter().format(record) for record in records]
    told = [span.to_json() for span in spans.get_finished_spans()]
    everything = [*refused, *lines, *told, measured]
    assert not [what for what in everything if SECRET in what]
    # All of that was looked at, not passed by.
    assert any('"RuntimeError"' in line for line in lines)
    assert any("now pending" in line for line in lines)
    assert 'throughline_work_failed_total{error="RuntimeError",kind="tag"' in measured
    assert any(json.loads(span)["attributes"].get("error.type") == "RuntimeError" for span in told)


def _feed_what_fails(caller: "Caller", conversation: Written) -> list[str]:
    database = caller.http.app.state.throughline.database  # type: ignore[attr-defined]
    poison = caller.post("/v1/conversations", conversation("bad", f"poison {SECRET}"))
    assert poison.status_code == 202

    def failed() -> dict[str, Any]:
        with database.reading() as session:
            error = session.scalar(sql("SELECT error FROM work_items WHERE kind = 'tag'"))
        return {"error": error}

    caller.until(failed, lambda seen: seen["error"] is not None)
    answers = [
        caller.post("/v1/tag", {"text": f"poison {SECRET}"}),
        caller.post("/v1/conversations", conversation("x", channel=SECRET)),
        caller.post("/v1/conversations", {SECRET: SECRET}),
        caller.http.post(
            "/v1/conversations",
            content=f'{{"source": "{SECRET}',
            headers={"Authorization": "Bearer dev", "Content-Type": "application/json"},
        ),
        caller.get("/v1/conversations/zendesk:" + SECRET),
        caller.get("/v1/context", identifier=f"email:{SECRET}@example.org", wait_seconds=0),
    ]
    assert [answer.status_code for answer in answers] == [500, 422, 422, 400, 404, 404]
    return [answer.text for answer in answers]


def test_what_is_told_of_a_task_hides_what_celery_quotes() -> None:
    context = {"name": "throughline.drain", "id": "1", "exc": SECRET, "traceback": SECRET}
    record = logging.LogRecord(
        "celery.app.trace", logging.ERROR, "", 0, "Task %(name)s[%(id)s] raised: %(exc)s", (), None
    )
    record.args = context  # type: ignore[assignment]
    other = logging.LogRecord("x", 30, "", 0, "it broke: %r", (ValueError(SECRET),), None)
    for formatter in (JsonFormatter(), TextFormatter()):
        assert SECRET not in formatter.format(record) + formatter.format(other)
        assert "throughline.drain[1]" in formatter.format(record)
        assert "ValueError" in formatter.format(other)


@pytest.fixture
def stuck(settings: Settings) -> Iterator[Database]:
    """Give a database with work that has waited for ten minutes."""
    database = Database(settings.database_url.get_secret_value())
    database.upgrade()
    with database.session() as session:
        work.add(session, work.Kind.TAG, "cnv_stuck", now() - timedelta(minutes=10))
    yield database
    database.dispose()


@pytest.mark.parametrize(
    ("seen", "done", "says"),
    [
        (None, None, "Is a worker running?"),
        (120, 10, "Is a worker running?"),
        (5, 400, "nothing was finished in the last 300 s"),
        (5, 10, None),
    ],
    ids=["no worker", "gone", "stands still", "a long queue that moves"],
)
def test_readiness_tells_whether_work_moves(
    settings: Settings, stuck: Database, seen: int | None, done: int | None, says: str | None
) -> None:
    if seen is not None and done is not None:
        worker = progress.Worker(
            name="host:1/tag",
            role="tag",
            version="v1",
            started_at=now() - timedelta(hours=1),
            seen_at=now() - timedelta(seconds=seen),
            done_at=now() - timedelta(seconds=done),
            done=7,
            failed=0,
        )
        with stuck.session() as session:
            progress.beat(session, worker)
    app = create_app(settings, lambda _settings, _database: pytest.fail("never started"))
    client = TestClient(app)  # not started, so nobody else works
    reasons = [error["detail"] for error in client.get("/readyz").json()["errors"]]
    waiting = [reason for reason in reasons if "Work has waited" in reason]
    assert [says in reason for reason in waiting] == ([] if says is None else [True])
    assert client.get("/healthz").status_code == 200


def test_the_embedded_worker_gives_signs_of_life(caller: "Caller", conversation: Written) -> None:
    caller.hand_in(conversation())
    database: Database = caller.http.app.state.throughline.database  # type: ignore[attr-defined]

    def heard() -> dict[str, Any]:
        with database.reading() as session:
            return {"workers": progress.workers(session)}

    (worker,) = caller.until(heard, lambda seen: bool(seen["workers"]))["workers"]
    assert worker.role == "tag"
    measured = caller.http.get("/metrics").text
    assert 'throughline_workers{role="tag"} 1.0' in measured
    assert 'throughline_work_done_total{kind="tag"} 1.0' in measured
    assert 'throughline_model_seconds_count{caller="work"} 1.0' in measured
    assert "throughline_accepted_to_signals_seconds_count 1.0" in measured


def test_nothing_is_traced_or_sent_unless_asked_for(settings: Settings, tmp_path: Path) -> None:
    from workers.telemetry import tracing_of

    tracing = tracing_of(settings, "api")
    with tracing.tracer.start_as_current_span("x") as span:
        assert not span.is_recording()
    asked = settings.model_copy(update={"otlp_endpoint": "http://127.0.0.1:9"})
    named = tracing_of(asked, "api")
    with named.tracer.start_as_current_span("x") as span:
        assert span.is_recording()
