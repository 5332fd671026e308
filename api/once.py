"""A POST that is sent again changes nothing more: ``Idempotency-Key``."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel, JsonValue
from sqlalchemy.orm import Session

from api.auth import Principal
from api.problems import Problem
from api.state import State, state_of
from domain.base import now
from storage import idempotency

REPLAYED = "Idempotency-Replayed"
IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=255,
        pattern=r"^[!-~]+$",
        description="Any name for this request. Sent again with the same body it gets the same "
        "answer and changes nothing; with another body it is refused. Kept for a week.",
    ),
]


@dataclass(frozen=True)
class Once:
    """Runs the work of one POST in one transaction, and only once where it carries a key.

    The answer is stored in the transaction of the work itself, so there is never one
    without the other. Refusals are not stored: nothing happened, so try again.
    """

    state: State
    owner: str
    key: str | None
    request_hash: str

    def answer(self, status: int, work: Callable[[Session], BaseModel]) -> Response:
        """Do the work, or give the answer that it had before; then wake the workers.

        Parameters
        ----------
        status : int
            HTTP status of the answer.
        work : callable
            Gets a session and gives the body of the answer; it must not commit, and may
            be run again where the database chose its transaction as a victim.

        Raises
        ------
        Problem
            409 while the first request is still in work, 422 for another body.
        """
        if self.key is None:
            body = self.state.database.run(lambda session: _body(work(session)))
            response = _respond(status, body)
        else:
            with self.state.running.only(f"{self.owner}\n{self.key}"):
                response = self._keyed(self.key, status, work)
        self.state.wake()
        return response

    def _keyed(self, key: str, status: int, work: Callable[[Session], BaseModel]) -> Response:
        def once(session: Session) -> Response:
            known = idempotency.begin(session, self.owner, key, self.request_hash, now())
            if known is not None:
                return _respond(known.status_code, known.body, replayed=True)
            body = _body(work(session))
            answer = idempotency.Answer(status_code=status, body=body)
            idempotency.finish(session, self.owner, key, answer)
            return _respond(status, body)

        try:
            return self.state.database.run(once)
        except idempotency.ReusedKeyError as error:
            detail = "This Idempotency-Key was used for another request. Take a new one."
            raise Problem(422, detail, slug="idempotency-key-reused") from error


async def once(
    request: Request,
    state: Annotated[State, Depends(state_of)],
    idempotency_key: IdempotencyKey = None,
) -> Once:
    """Give what runs the work of this request."""
    principal: Principal = request.state.principal
    said = f"{request.method} {request.url.path}\n".encode() + await request.body()
    return Once(state, principal.name, idempotency_key, hashlib.sha256(said).hexdigest())


def _body(model: BaseModel) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = model.model_dump(mode="json")
    return body


def _respond(status: int, body: dict[str, JsonValue], *, replayed: bool = False) -> Response:
    headers = {REPLAYED: "true"} if replayed else None
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
