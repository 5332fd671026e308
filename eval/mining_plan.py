"""The log that mining is timed on: ten activities, about five events a case."""

import sys

import numpy as np

from journey.mining.generate import Plan, chain

NAMES = ("search", "form", "mail", "chat", "call", "answer", "wait", "transfer", "refund", "close")
PART = 200_000
"""Cases that are drawn at once, so that any size fits into memory."""


def plan(seed: int = 0) -> Plan:
    """Make a plan of ten activities, whose cases take about five steps."""
    random = np.random.default_rng(seed)
    rows = random.dirichlet(np.full(len(NAMES) + 1, 0.4), size=len(NAMES) + 1)
    rows[:, -1] = 0.2
    rows[0, -1] = 0.0
    rows[:, :-1] *= ((1 - rows[:, -1]) / rows[:, :-1].sum(axis=1))[:, None]
    return Plan(NAMES, (chain(rows.tolist()),), (1.0,), np.array([0.0]), ())


def write(line: str) -> None:
    """Write a line to standard output as it comes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
