"""The kept tables of analyses: whoever needs them waits a moment, or is told when to come back."""

import asyncio
import time
from math import ceil
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.problems import Problem
from api.state import State, state_of
from workers.mart_filler import AGAIN_S, come_back
from workers.mart_state import Filling, listen

PATIENCE_S = 5.0
LOOK_S = 0.2


async def tables(request: Request, state: Annotated[State, Depends(state_of)]) -> None:
    """Wait for the tables without holding a thread, and not for long.

    Raises
    ------
    Problem
        503 while they are being filled, and where they cannot be.
    """
    # The answer says of when they are where that is not now (api.access, api.html).
    request.state.older = listen()
    filler = state.filler
    if filler is None:
        return
    until = time.monotonic() + PATIENCE_S
    while not await run_in_threadpool(filler.at_hand):
        if filler.failed:
            raise _not_filled()
        if time.monotonic() >= until:
            raise _not_yet(await run_in_threadpool(filler.filling))
        await asyncio.sleep(LOOK_S)


TABLES = Depends(tables)
"""For operations that read the kept tables."""


def _not_filled() -> Problem:
    seconds = ceil(AGAIN_S)
    detail = (
        "The tables for analysis could not be filled; see the log of the API. "
        f"It is tried again. Ask again in {seconds} s."
    )
    return Problem(503, detail, slug="tables-not-filled", headers={"Retry-After": str(seconds)})


def _not_yet(filling: Filling | None) -> Problem:
    seconds = come_back(filling)
    how_far = "" if filling is None else f", {filling.share:.0%} of what is stored is read"
    detail = (
        f"The tables for analysis are being filled{how_far}. Ask again in {seconds} s. It takes "
        "minutes on a large database, the first time and after much has changed; little that "
        "changes is taken up in a moment."
    )
    return Problem(503, detail, slug="tables-filling", headers={"Retry-After": str(seconds)})
