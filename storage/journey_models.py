"""Models that are fitted on journeys: one of each kind, replaced by the next."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime, stable_id
from storage.statements import upsert
from storage.tables import JourneyModelRow


class ModelKind(StrEnum):
    """What a model tells."""

    TYPES = "types"
    NEXT_STEP = "next_step"


class JourneyModel(Record):
    """A fitted model as it is kept."""

    kind: ModelKind
    version: str
    made_at: UtcDatetime
    journeys: int
    data: Mapping[str, Any]


def get(session: Session, kind: ModelKind) -> JourneyModel | None:
    """Load the present model of a kind."""
    row = session.get(JourneyModelRow, kind)
    if row is None:
        return None
    names = JourneyModel.model_fields
    return JourneyModel.model_validate({name: getattr(row, name) for name in names})


class Stamp(Record):
    """Which model is kept, and since when."""

    version: str
    made_at: UtcDatetime


def stamp(session: Session, kind: ModelKind) -> Stamp | None:
    """Tell which model of a kind is kept, without loading it; None if none is."""
    which = select(JourneyModelRow.version, JourneyModelRow.made_at)
    row = session.execute(which.where(JourneyModelRow.kind == kind)).one_or_none()
    return None if row is None else Stamp(version=row.version, made_at=row.made_at)


def put(
    session: Session, kind: ModelKind, data: Mapping[str, Any], journeys: int, moment: datetime
) -> str:
    """Keep a model in the place of the one before; gives its version."""
    named = stable_id("jmd", orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode())
    row = {
        "kind": str(kind),
        "version": named,
        "made_at": moment,
        "journeys": journeys,
        "data": dict(data),
    }
    upsert(session, JourneyModelRow, [row])
    return named
