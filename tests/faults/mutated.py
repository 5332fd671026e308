"""``throughline`` with one of its safeguards taken out: a harness that cannot fail shows nothing.

``FAULTS_WITHOUT`` names what is missing; the arguments are those of ``throughline``.
"""

import os
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cli.main import main
from storage import work
from storage.tables import WorkRow


def without_claim() -> None:
    """Take work as from a plain queue: what is taken is gone."""
    claim: Callable[..., list[work.Claim]] = work.claim

    def take(session: Session, *args: object, **named: object) -> list[work.Claim]:
        taken = claim(session, *args, **named)
        session.execute(delete(WorkRow).where(WorkRow.id.in_([item.id for item in taken])))
        return taken

    _put("claim", take)
    without_hold()


def without_sweep() -> None:
    """Offer nothing again that a lost worker held."""
    _put("sweep", lambda *_args, **_named: 0)


def without_hold() -> None:
    """Write without looking whether the claim is still held."""
    _put("hold", lambda *_args: True)
    _put("hold_many", lambda _session, items: frozenset(item.id for item in items))


def _put(name: str, function: Callable[..., Any]) -> None:
    assert callable(getattr(work, name)), f"storage.work.{name} went; mend this mutation"
    setattr(work, name, function)


MUTATIONS = {"claim": without_claim, "sweep": without_sweep, "hold": without_hold}

if __name__ == "__main__":
    MUTATIONS[os.environ["FAULTS_WITHOUT"]]()
    main()
