"""The journey policy that the settings ask for."""

from journey.policy import JourneyPolicy
from settings import Settings


def policy_of(settings: Settings) -> JourneyPolicy:
    """Give the windows and thresholds to build journeys with."""
    return JourneyPolicy(
        repeat_window_hours=settings.repeat_window_hours,
        silence_hours=settings.silence_hours,
        issue_window_days=settings.issue_window_days,
    )
