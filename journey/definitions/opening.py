"""Which journeys stand behind a number. Figures are counted by this, so each opens to itself."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from journey.definitions.definition import Definition
from journey.definitions.followed import Followed
from journey.definitions.form import Ask, Number, Period
from journey.definitions.measured import state, value
from journey.definitions.windows import How


class UnknownAskError(ValueError):
    """The definition has no such stage or measure."""


@dataclass(frozen=True)
class Ran:
    """A definition, and the journeys that it found."""

    definition: Definition
    period: Period
    as_of: datetime | None
    journeys: list[Followed]

    @cached_property
    def stages(self) -> dict[str, int]:
        """Number of each stage."""
        return {stage.id: n for n, stage in enumerate(self.definition.stages)}

    def number(self, ask: Ask) -> Number:
        """Count the journeys behind a number."""
        return Number(
            journeys=len(self.chosen(ask)),
            ask=ask,
            opens=self.period.path(self.definition.id, ask),
        )

    def chosen(self, ask: Ask) -> list[Followed]:
        """Find the journeys behind a number, in the order they opened.

        Raises
        ------
        UnknownAskError
            If the definition has no such stage or measure.
        """
        self._check(ask)
        return [journey for journey in self.journeys if self._behind(journey, ask)]

    def _check(self, ask: Ask) -> None:
        if ask.stage is not None and ask.stage not in self.stages:
            raise UnknownAskError(f"stage: there is no stage {ask.stage}")
        if ask.to is not None and ask.to not in (*self.stages, *How):
            raise UnknownAskError(f"next: there is no stage {ask.to}")
        if ask.measure is not None and ask.measure not in {m.id for m in self.definition.measures}:
            raise UnknownAskError(f"measure: there is no measure {ask.measure}")
        alone = {"next": ask.to, "sign": ask.sign, "need": ask.need, "back": ask.back or None}
        needless = next((name for name, given in alone.items() if given is not None), None)
        if ask.stage is None and needless is not None:
            raise UnknownAskError(f"{needless}: goes with a stage")
        if ask.state is not None and ask.measure is None:
            raise UnknownAskError("state: goes with a measure")

    def _behind(self, journey: Followed, ask: Ask) -> bool:
        if ask.how is not None and journey.how is not ask.how:
            return False
        if ask.stage is not None and not self._in_stage(journey, ask, self.stages[ask.stage]):
            return False
        return ask.measure is None or self._measured(journey, ask)

    def _in_stage(self, journey: Followed, ask: Ask, stage: int) -> bool:
        part = journey.parts.get(stage)
        if part is None:
            return False
        if ask.to is not None and (stage, ask.to) not in self.moves(journey):
            return False
        if ask.back and not any(stay.stage == stage and stay.back for stay in journey.stays):
            return False
        fits = ask.sign is None or ask.sign in part.signs
        return fits and (ask.need is None or ask.need in part.needs)

    def moves(self, journey: Followed) -> list[tuple[int, str]]:
        """Give the moves of a journey, the last one to how it closed."""
        names = [stage.id for stage in self.definition.stages]
        steps = [(a, names[b]) for a, b in pairwise(journey.path)]
        return [*steps, (journey.path[-1], str(journey.how))]

    def _measured(self, journey: Followed, ask: Ask) -> bool:
        measure = next(m for m in self.definition.measures if m.id == ask.measure)
        if measure.mean is not None:
            return value(journey, measure) is not None
        assert self.as_of is not None, "there are journeys, so something is known"
        told = state(journey, measure, self.stages, self.as_of)
        return told is not None if ask.state is None else told is ask.state
