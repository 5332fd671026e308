"""Follows, transitions and variants as one would write them in pandas; imports nothing of ours."""

from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

VERSION = f"pandas {pd.__version__}"


def read(path: Path) -> pd.DataFrame:
    """Read the log."""
    log = pd.read_csv(path)
    log["at"] = pd.to_datetime(log["at"], utc=True, format="ISO8601")
    return log


def mine(log: pd.DataFrame) -> Any:  # noqa: ANN401
    """Give moves with count and probability, and variants with count, as tables."""
    log = log.sort_values(["case_id", "at"], kind="stable")
    log["next"] = log.groupby("case_id")["activity"].shift(-1).fillna("(end)")
    follows = log.groupby(["activity", "next"]).size()
    share = follows / follows.groupby("activity").transform("sum")
    first = log.groupby("case_id")["activity"].first().value_counts()
    variants = log.groupby("case_id")["activity"].agg(tuple).value_counts()
    return follows, share, first, variants


def told(found: Any) -> Any:  # noqa: ANN401
    """Give what was found as plain rows, to be held against the other way."""
    follows, share, first, variants = found
    moves = [(s, t, int(n), float(share[s, t])) for (s, t), n in follows.items()]
    moves += [("(start)", t, int(n), float(n / first.sum())) for t, n in first.items()]
    return moves, list(variants.items())
