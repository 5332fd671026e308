"""What a journey cost the customer, as counts and as a score from 0 to 100.

``score = 100 * (1 - exp(-load / 60))`` where ``load`` sums, for each count, its weight
times the count: every contact after the first 20, a change of channel 10, a transfer 8,
a reopening 15, each time the problem is told again 12, each of the customer's turns after
the third 1 (at most 15), each day until it was resolved 2 (at most 20). A load of 42
gives a score of 50. ``parts`` share the score out as they share the load.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp

import numpy as np

from domain.conversation import Role
from domain.journey import Contact, Effort
from domain.signal import SignalKind
from journey.talk import spoken_turns

_SCALE = 60.0
_FREE_TURNS = 3
_MOST_TURNS = 15
_MOST_DAYS_LOAD = 20.0
_DAY = 86_400.0
SAME_STORY = 0.6
"""Cosine of two statements of need from which the second tells the first again."""


def effort(contacts: Sequence[Contact], seconds_to_resolution: float | None) -> Effort:
    """Count what the customer had to do.

    Parameters
    ----------
    contacts : sequence of Contact
        Those of one issue, in order of time; at least one.
    seconds_to_resolution : float or None
        From the first word to the settling; None while it is not resolved.
    """
    conversations = [contact.conversation for contact in contacts]
    channels = [conversation.channel for conversation in conversations]
    counts = {
        "contacts": len(contacts),
        "channel_switches": sum(a != b for a, b in pairwise(channels)),
        "transfers": sum(len(conversation.handovers) for conversation in conversations),
        "reopenings": sum(map(_reopenings, contacts)),
        "restated": len(_told_again(contacts) | _same_story(contacts)),
        "customer_turns": sum(map(_customer_turns, contacts)),
    }
    load = _load(counts, seconds_to_resolution)
    total = sum(load.values())
    score = 100.0 * (1.0 - exp(-total / _SCALE))
    return Effort(
        **counts,
        seconds_to_resolution=seconds_to_resolution,
        score=round(score, 2),
        parts={name: round(score * part / total, 2) for name, part in load.items() if part},
    )


def _load(counts: dict[str, int], seconds: float | None) -> dict[str, float]:
    return {
        "contacts": 20.0 * (counts["contacts"] - 1),
        "channel_switches": 10.0 * counts["channel_switches"],
        "transfers": 8.0 * counts["transfers"],
        "reopenings": 15.0 * counts["reopenings"],
        "restated": 12.0 * counts["restated"],
        "customer_turns": float(min(max(counts["customer_turns"] - _FREE_TURNS, 0), _MOST_TURNS)),
        "seconds_to_resolution": min(2.0 * (seconds or 0.0) / _DAY, _MOST_DAYS_LOAD),
    }


def _customer_turns(contact: Contact) -> int:
    return sum(turn.role is Role.CUSTOMER for turn in spoken_turns(contact.conversation))


def _reopenings(contact: Contact) -> int:
    states = [change.status.done for change in contact.conversation.status_history]
    return sum(done and not after for done, after in pairwise(states))


def _told_again(contacts: Sequence[Contact]) -> set[int]:
    """Find the contacts in which the customer says that they say it again."""
    return {
        number
        for number, contact in enumerate(contacts)
        for signal in contact.signals
        if signal.kind is SignalKind.EFFORT and signal.label == "repeats"
    }


def _same_story(contacts: Sequence[Contact]) -> set[int]:
    """Find the contacts whose need is that of an earlier one, in the same space."""
    found: set[int] = set()
    for space in {contact.space for contact in contacts if contact.need}:
        rows = [n for n, c in enumerate(contacts) if c.need and c.space == space]
        needs = np.array([contacts[n].need for n in rows])
        alike = np.tril(needs @ needs.T >= SAME_STORY, k=-1).any(axis=1)
        found |= {rows[place] for place in np.flatnonzero(alike)}
    return found
