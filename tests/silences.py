"""By which silence the models of journeys are learned."""

from datetime import timedelta

import pytest

from journey.lenses import next_step
from journey.mining.foretold import TooFewEndedError
from workers import journey_models


def silences_asked_for(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """Collect by which silence cases are asked for from now on; they are too few to learn from."""
    seen: list[timedelta] = []

    def cases(_: object, silence: timedelta) -> None:
        seen.append(silence)
        raise TooFewEndedError("enough was seen")

    monkeypatch.setattr(next_step, "cases", cases)
    monkeypatch.setattr(journey_models, "fit_types", lambda *_: None)
    return seen
