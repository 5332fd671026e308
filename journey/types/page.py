"""The page of journey types, and their files."""

from datetime import datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from journey.mining.page import percent
from journey.pages import environment
from journey.types.tell import Feature, TypesTold

WAYS = {
    "embedding": "which steps and moves they hold",
    "edit distance": "how many steps must be changed to make one of the other",
    "mixture of chains": "what follows what in them",
}
"""What ways to find types go by, in plain words."""
FLAT = ("number", "name", "journeys", "share", "low", "high", "contacts", "effort")


def render(told: TypesTold, made: datetime) -> str:
    """Give the page as HTML; all that comes from records is escaped."""
    templates = environment(percent=percent)
    return templates.get_template("types/page.html").render(
        told=told, made=made, share=_share, ways=WAYS
    )


def _share(feature: Feature, side: str) -> str:
    """Give the share of journeys that are as the words say: those without count as such."""
    value: float = getattr(feature, side)
    return percent(1 - value if feature.lacks else value)


def write(told: TypesTold, folder: Path) -> None:
    """Write ``types.parquet``, ``types.csv`` and ``types.json`` into a folder that exists."""
    rows = [one.model_dump(include=set(FLAT)) for one in told.kinds]
    table = pa.Table.from_pylist(rows)
    parquet.write_table(table, folder / "types.parquet")
    arrow_csv.write_csv(table, folder / "types.csv")
    (folder / "types.json").write_bytes(
        orjson.dumps(told.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
    )
