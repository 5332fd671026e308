"""Names by a chat service: only if configured, only redacted text, and never needed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from settings import Settings
from workers.themes_namer import chat_namer, discovery_of

KEYS = ("late refund", "refund")
EXAMPLES = ("my refund to [EMAIL_1] is late", "refund still not here")


class Service(HTTPServer):
    """A chat service that says what it is told to, and keeps what it was asked."""

    answer: Any = "“Late refund.”\nBecause they wait."
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, **json.loads(body)})
        self.server.keys.append(self.headers["Authorization"])
        said = {"choices": [{"message": {"content": self.server.answer}}]}
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_asked_unless_it_is_configured() -> None:
    assert discovery_of(Settings(_env_file=None)).namer is None


def test_a_service_names_from_phrases_and_redacted_examples(service: Service) -> None:
    chosen = Settings(
        _env_file=None, namer_url=service.url, namer_model="m", namer_key=SecretStr("k")
    )
    namer = discovery_of(chosen).namer
    assert namer is not None
    assert namer(KEYS, EXAMPLES) == "Late refund"
    (asked,) = service.asked
    assert (asked["path"], asked["model"]) == ("/v1/chat/completions", "m")
    assert service.keys == ["Bearer k"]
    assert all(text in asked["messages"][1]["content"] for text in (*KEYS, *EXAMPLES))


@pytest.mark.parametrize("answer", ["", "x" * 500, None, ["no", "name"]])
def test_an_answer_that_is_no_name_is_not_taken(service: Service, answer: object) -> None:
    service.answer = answer
    named = chat_namer(service.url, "m")(KEYS, EXAMPLES)
    assert named == "", "the name is then found in the texts"


def test_a_service_that_is_away_costs_only_its_name(service: Service) -> None:
    service.status = 500
    assert chat_namer(service.url, "m")(KEYS, EXAMPLES) == ""
    assert chat_namer("http://127.0.0.1:9/v1", "m")(KEYS, EXAMPLES) == ""
