"""The page of open cases and what may come of them, and the same as files."""

from datetime import datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.csv as arrow_csv

from journey.mining.foretold import Foretold, OpenCase
from journey.mining.measured import FEW
from journey.mining.page import duration, number, percent
from journey.pages import environment

ROWS = 200
TABLE = pa.schema(
    [
        ("id", pa.string()),
        ("now", pa.string()),
        ("since", pa.string()),
        ("next", pa.string()),
        ("probability", pa.float64()),
        ("markov_next", pa.string()),
        ("markov_probability", pa.float64()),
        ("left_s", pa.float64()),
        ("left_low_s", pa.float64()),
        ("left_high_s", pa.float64()),
        ("few", pa.bool_()),
    ]
)


def render(
    told: Foretold,
    made: datetime,
    case: str = "journey",
    scope: str = "",
    opens: str = "",
    *,
    rows: int = ROWS,
    more: str = "foretold.csv",
    fitted_at: datetime | None = None,
) -> str:
    """Give the page as HTML; all that comes from records is escaped.

    Parameters
    ----------
    told : Foretold
    made : datetime
        UTC.
    case : str
        What one case is called.
    scope : str
        In words which cases were looked at, to follow their number.
    opens : str
        How a reader opens a case.
    rows : int
        Cases that are shown.
    more : str
        Where the others stand.
    fitted_at : datetime, optional
        When it was learned, where that was not just now; UTC.
    """
    templates = environment(percent=percent, number=number, duration=_duration)
    return templates.get_template("mining/foretold.html").render(
        told=told, made=made, case=case, scope=scope, opens=opens, few=FEW, rows=rows,
        more=more, fitted_at=fitted_at,
    )  # fmt: skip


def _duration(seconds: float | None) -> str:
    return "not known" if seconds is None else duration(seconds)


def write(told: Foretold, folder: Path) -> None:
    """Write ``foretold.csv``, one row a case, and ``foretold.json`` into a folder that exists."""
    rows = [_flat(row) for row in told.rows]
    arrow_csv.write_csv(pa.Table.from_pylist(rows, schema=TABLE), folder / "foretold.csv")
    held = orjson.dumps(told.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
    (folder / "foretold.json").write_bytes(held)


def _flat(row: OpenCase) -> dict[str, object]:
    told = row.next
    return {
        "id": row.id,
        "now": row.activity,
        "since": row.at.isoformat(),
        "next": told.steps[0].activity,
        "probability": told.steps[0].probability,
        "markov_next": told.markov.activity,
        "markov_probability": told.markov.probability,
        "left_s": told.left_s,
        "left_low_s": told.left_low_s,
        "left_high_s": told.left_high_s,
        "few": told.few,
    }
