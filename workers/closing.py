"""When an answer that is still open can be given: the moment a window closes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.conversation import Conversation
from domain.journey import Built, Contact
from domain.outcome import OutcomeState
from journey.policy import JourneyPolicy
from storage.neighbourhood import Neighbourhood


def next_closing(
    around: Neighbourhood, built: Built, policy: JourneyPolicy, now: datetime
) -> tuple[str, datetime] | None:
    """Find the next moment at which time alone can change an outcome.

    Parameters
    ----------
    around : Neighbourhood
        What was built from.
    built : Built
        What was built; contacts without an open outcome do not count.
    now : datetime
        The moment it was built at.

    Returns
    -------
    tuple of str and datetime, or None
        The contact whose window closes, and when; None if nothing is open.
    """
    moments = (
        (moment, contact.conversation.id)
        for contact in around.contacts
        if _is_open(contact, built)
        for moment in _closings(contact.conversation, policy)
        if moment > now
    )
    first = min(moments, default=None)
    return None if first is None else (first[1], first[0])


def _is_open(contact: Contact, built: Built) -> bool:
    outcomes = built.contact_outcomes.get(contact.conversation.id, ())
    return any(outcome.state is OutcomeState.OPEN for outcome in outcomes)


def _closings(conversation: Conversation, policy: JourneyPolicy) -> Iterator[datetime]:
    """Give every moment at which silence or a window after the last word or the end is over."""
    ends = {conversation.last_moment(), conversation.ended_at or conversation.last_moment()}
    windows = [timedelta(hours=hours) for hours in policy.windows_hours]
    waits = [policy.silence, *windows, *(policy.silence + window for window in windows)]
    for end in ends:
        for wait in waits:
            try:
                yield end + wait
            except OverflowError:  # a clock at the end of the calendar never gets there
                continue
