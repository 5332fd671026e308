"""API keys: who calls, and what the key may do."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from api.problems import Problem, respond

DEVELOPMENT_KEY = "dev"
REMEMBERED_SECONDS = 30.0
"""A withdrawn key works for this long at most in a process that has seen it."""
_MAX_REMEMBERED = 1_000
_KEY = re.compile(r"[\x21-\x7e]{1,256}")


class Scope(StrEnum):
    """What a key may do."""

    TAG = "tag"
    READ = "read"
    WRITE = "write"
    CORRECT = "correct"
    ORIGINALS = "originals"
    ADMIN = "admin"
    """May do everything."""


@dataclass(frozen=True)
class Principal:
    """Who calls."""

    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether the key has a scope."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class Keyring:
    """Looks keys up and remembers them for a short while.

    Parameters
    ----------
    find : callable
        Gives the principal of a key, or None. It may ask the database, which holds
        hashes: looking a hash up tells a timer nothing about the key.
    """

    def __init__(self, find: Callable[[str], Principal | None]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[float, Principal]] = {}

    def principal(self, key: str) -> Principal | None:
        """Give who holds a key; unknown keys are never remembered."""
        name = sha256(key.encode()).digest()
        with self._lock:
            until, known = self._known.get(name, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        found = self._find(key)
        with self._lock:
            self._known.pop(name, None)
            if found is not None and len(self._known) < _MAX_REMEMBERED:
                self._known[name] = (time.monotonic() + REMEMBERED_SECONDS, found)
        return found


class Authentication:
    """ASGI middleware: nothing under ``/v1`` is reached, nor its body read, without a key.

    Parameters
    ----------
    app : ASGIApp
        What lies inside.
    keyring : Keyring
        Where keys are looked up.
    """

    def __init__(self, app: ASGIApp, keyring: Keyring) -> None:
        self.app = app
        self.keyring = keyring

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Find out who calls."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            return await self.app(scope, receive, send)
        key = _presented(Headers(scope=scope))
        principal = await run_in_threadpool(self.keyring.principal, key) if key else None
        if principal is None:
            return await respond(_unknown(), scope)(scope, receive, send)
        scope["state"]["principal"] = principal
        return await self.app(scope, receive, send)


def _presented(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
    return key if _KEY.fullmatch(key) else None


def _unknown() -> Problem:
    detail = "Send an API key as `Authorization: Bearer tl_…` or `X-API-Key: tl_…`."
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="An API key `tl_…`.")
_header = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="key", description="An API key `tl_…`."
)


def require(*scopes: Scope) -> Callable[..., Principal]:
    """Give the dependency that lets only keys with one of some scopes through.

    The schemes are named for the OpenAPI document; `Authentication` has read the key.
    """

    def check(
        request: Request, _bearer: object = Security(_bearer), _key: object = Security(_header)
    ) -> Principal:
        principal: Principal = request.state.principal
        if not any(principal.may(scope) for scope in scopes):
            names = " or ".join(f"`{scope}`" for scope in scopes)
            raise Problem(403, f"This key lacks the scope {names}.", slug="missing-scope")
        return principal

    return check
