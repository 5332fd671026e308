"""What may come next in open cases, and how far to trust it: the records that all faces show."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

import numpy as np

from domain.base import Record, UtcDatetime
from journey.mining.foresight import LATEST, Foresight, Told, fit
from journey.mining.markov import Floats
from journey.mining.measured import FEW, Measured, measure
from journey.mining.prefixes import Case
from journey.mining.ways import SAID, Form

SHOWN = 5
ENDS = "ends"
"""The activity that stands for: nothing more comes."""
FORMAT = 3
"""Of what is kept; what an older version wrote is learned anew."""
Say = Callable[[str], str]
Place = tuple[bool, float, str]
"""Where an open case stands among others; it stays while nothing happens in the case."""


class Likely(Record):
    """One next step."""

    activity: str
    label: str
    probability: float


class NextStep(Record):
    """What may come of a case that is still open."""

    steps: tuple[Likely, ...]
    """The most likely first; the activity ``ends`` is that nothing more comes."""
    markov: Likely
    """What a Markov chain would name first."""
    form: Form
    """The way by which ``steps`` were foretold."""
    left_s: float | None
    """Seconds from the present step until the last: half of such cases, of those that have ended,
    took no longer. None: not known."""
    left_low_s: float | None
    left_high_s: float | None
    """Half of such cases lie between these."""
    journeys: int
    """That were at the same step and have ended."""
    few: bool


class OpenCase(Record):
    """An open case, and what may come of it."""

    id: str
    activity: str
    label: str
    """Where it is now …"""
    at: UtcDatetime
    """… and since when."""
    next: NextStep


class Overall(Record):
    """What is told of all open cases together."""

    form: Form
    label: str
    learned_from: int
    """Cases that had ended, the latest 10,000 of them at most."""
    measured: tuple[Measured, ...]
    """Every way, the plainest first; empty where there were too few cases."""
    open: int
    left_out: int
    """Open cases of which no step is known, so that nothing can be told of them."""


class Foretold(Overall):
    """What is told of open cases."""

    rows: tuple[OpenCase, ...]
    """Those of which something can be told, or the first of them; those that are expected to end
    last come first."""


def tell_open(model: Foresight, held: Sequence[Case], say: Say) -> list[OpenCase]:
    """Foretell open cases; those of which no step is known are left out.

    What training never saw is not looked at. Yet a case stands where its last step is, known or
    not, and the time left counts from there.

    Parameters
    ----------
    model : Foresight
    held : sequence of Case
    say : callable
        Puts an activity into plain words.
    """
    known = [(case, found) for case in held if (found := model.knows(case)) is not None]
    if not known:
        return []
    told = model.tell(model.standing([found for _, found in known]))
    rows = []
    for row, (case, found) in enumerate(known):
        last = case.events[-1]
        gone_s = (last.at - found.events[-1].at).total_seconds()
        following = _next(model, told, row, say, gone_s)
        rows.append(
            OpenCase(
                id=case.case_id,
                activity=last.activity,
                label=say(last.activity),
                at=last.at,
                next=following,
            )
        )
    return rows


def place_of(row: OpenCase) -> Place:
    """Say where a row stands: those that are expected to end last come first."""
    left_s = row.next.left_s
    return left_s is None, -(row.at.timestamp() + (left_s or 0.0)), row.id


def _next(model: Foresight, told: Told, row: int, say: Say, gone_s: float) -> NextStep:
    names = sorted(model.encoder.names, key=lambda name: model.encoder.names[name])

    def likely(place: int, shares: Floats) -> Likely:
        known = place < len(names)
        label = say(names[place]) if known else "nothing more comes"
        activity = names[place] if known else ENDS
        return Likely(activity=activity, label=label, probability=float(shares[place]))

    shares, chain = told.shares[row], told.chain[row]
    ranked = np.argsort(-shares, kind="stable")[:SHOWN].tolist()
    left_s = np.maximum(told.left_s[row] - gone_s, 0.0)
    low, middle, high = (None if np.isnan(s) else float(s) for s in left_s)
    return NextStep(
        steps=tuple(likely(place, shares) for place in ranked),
        markov=likely(int(chain.argmax()), chain),
        form=model.form,
        left_low_s=low,
        left_s=middle,
        left_high_s=high,
        journeys=int(told.seen[row]),
        few=bool(told.seen[row] < FEW),
    )


@dataclass
class _Telling:
    """Tells open cases part by part, and counts them on the way."""

    model: Foresight
    say: Say
    open: int = field(default=0, init=False)
    told: int = field(default=0, init=False)

    def rows(self, parts: Iterable[Sequence[Case]]) -> Iterator[OpenCase]:
        for part in parts:
            found = tell_open(self.model, part, self.say)
            self.open += len(part)
            self.told += len(found)
            yield from found


class TooFewEndedError(ValueError):
    """Hardly any case has ended: nothing to learn from."""


@dataclass(frozen=True)
class Learned:
    """A way to foretell, and how well it did."""

    model: Foresight
    measured: tuple[Measured, ...]
    ended: int
    """Cases that had ended and were learned from."""

    def foretell(
        self,
        parts: Iterable[Sequence[Case]],
        say: Say,
        size: int | None = None,
        after: Place | None = None,
    ) -> Foretold:
        """Tell what may come next in open cases.

        Parameters
        ----------
        parts : iterable of sequence of Case
            All of them; beside the rows that are given only one part is held.
        say : callable
            Puts an activity into plain words.
        size : int, optional
            Rows that are given; all by default.
        after : Place, optional
            Only rows behind this place are given; all are counted.
        """
        telling = _Telling(self.model, say)
        behind = (row for row in telling.rows(parts) if after is None or place_of(row) > after)
        if size is None:
            rows = sorted(behind, key=place_of)
        else:
            rows = nsmallest(size, behind, key=place_of)
        return Foretold(
            form=self.model.form,
            label=SAID[self.model.form],
            learned_from=self.ended,
            measured=self.measured,
            open=telling.open,
            left_out=telling.open - telling.told,
            rows=tuple(rows),
        )

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        measured = [one.model_dump(mode="json") for one in self.measured]
        return {
            "format": FORMAT,
            "model": self.model.plain(),
            "measured": measured,
            "ended": self.ended,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Learned | None":
        """Read it back; None of what an older version wrote."""
        if plain.get("format") != FORMAT:
            return None
        measured = tuple(Measured.model_validate(one) for one in plain["measured"])
        return cls(Foresight.of(plain["model"]), measured, plain["ended"])


def learn(held: Sequence[Case], fields: Sequence[str] = (), case: str = "cases") -> Learned:
    """Measure, then learn from all cases.

    Parameters
    ----------
    held : sequence of Case
        In order of their start; open ones too.
    fields : sequence of str
        Attributes of events to look at besides the activity.
    case : str
        What the cases are called.

    Raises
    ------
    TooFewEndedError
        Below 30 cases that have ended.
    """
    ended = sum(one.ended for one in held)
    if ended < FEW:
        raise TooFewEndedError(
            f"{ended} {case} have ended; {FEW} are needed to learn what comes next"
        )
    past, measured = measure(held, fields)
    # The way that was measured is kept: one chosen anew would have seen what it is measured on.
    return Learned(fit(held, fields, like=past), measured, min(ended, LATEST))
