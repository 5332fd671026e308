"""Repeat contact: a rule, not a fact, and so recomputable for any window."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from domain.conversation import Conversation
from domain.journey import Contact, Issue
from domain.outcome import Outcome, OutcomeKind, OutcomeState, Provenance
from journey.ending import Ending, ending
from journey.policy import JourneyPolicy

_NEVER = datetime.max.replace(tzinfo=UTC)


def repeat_contacts(
    issues: Iterable[Issue],
    contacts: Iterable[Contact],
    window_hours: float,
    now: datetime,
    policy: JourneyPolicy | None = None,
) -> dict[str, Outcome]:
    """Tell of every contact whether the customer came back about the same issue.

    Parameters
    ----------
    issues : iterable of Issue
        What is one issue; sameness is decided there.
    contacts : iterable of Contact
        All contacts of the issues.
    window_hours : float
        Hours after the contact was settled or fell silent. Who comes back before that
        has come back too.
    now : datetime
        While a window lasts beyond it, *no* is not said but *open* (right-censored).
    policy : JourneyPolicy, optional
        For when a contact has fallen silent.

    Returns
    -------
    dict of str to Outcome
        Conversation id to yes, no or open.
    """
    known = {contact.conversation.id: contact.conversation for contact in contacts}
    rules = policy or JourneyPolicy()
    found: dict[str, Outcome] = {}
    for issue in issues:
        row = [known[id_] for id_ in issue.conversation_ids if id_ in known]
        for conversation, following in zip(row, [*row[1:], None], strict=True):
            end = ending(conversation, rules, now)
            found[conversation.id] = repeat_of(conversation, end, following, window_hours, now)
    return found


def repeat_of(
    conversation: Conversation,
    end: Ending,
    following: Conversation | None,
    window_hours: float,
    now: datetime,
) -> Outcome:
    """Tell whether one contact was followed by another about the same issue in time."""
    until = end.at + timedelta(hours=window_hours)
    came = following is not None and following.started_at <= until
    state = OutcomeState.NO
    if came:
        state = OutcomeState.YES
    elif not end.over or now < until:
        state = OutcomeState.OPEN
    return Outcome(
        kind=OutcomeKind.REPEAT_CONTACT,
        state=state,
        rule=f"a contact about the same issue within {window_hours:g} h after it "
        "was settled or fell silent",
        provenance=Provenance.INFERRED,
        at=following.started_at if came and following else None,
        window_hours=window_hours,
        subject_id=conversation.id,
        evidence=(following.id,) if came and following else (),
    )


def any_repeat(outcomes: Iterable[Outcome], journey_id: str) -> tuple[Outcome, ...]:
    """Sum up the contacts' repeat outcomes for their journey, one a window.

    Yes if one contact has yes, else open if one has open, else no.
    """
    by_window: dict[float, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.window_hours is not None:
            by_window.setdefault(outcome.window_hours, []).append(outcome)
    return tuple(_sum_up(row, journey_id) for _, row in sorted(by_window.items()))


def _sum_up(row: Iterable[Outcome], journey_id: str) -> Outcome:
    order = (OutcomeState.YES, OutcomeState.OPEN, OutcomeState.NO)
    ranked = sorted(row, key=lambda o: (order.index(o.state), o.at or _NEVER))
    evidence = [e for o in ranked for e in o.evidence]
    return ranked[0].model_copy(update={"subject_id": journey_id, "evidence": tuple(evidence)})
