"""What the customer answered to Zendesk's surveys, the old kind and the new."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ingest.clock import Clock
from ingest.fields import mapping, objects, text
from ingest.outcome import Tally

SCORES = {"good": 5.0, "goodwithcomment": 5.0, "bad": 1.0, "badwithcomment": 1.0}
"""Good and bad are the ends of our scale. Offered and unoffered are no answers."""

Audits = Sequence[tuple[datetime, dict[str, Any]]]


def ratings(
    ticket: dict[str, Any],
    audits: Audits,
    given: Sequence[Any],
    surveys: Sequence[Any],
    clock: Clock,
    tally: Tally,
) -> list[dict[str, Any]]:
    """Give the answers, each with its time.

    Parameters
    ----------
    ticket : dict
        The ticket with its present ``satisfaction_rating``.
    audits : sequence of (datetime, dict)
        They tell when the score was given.
    given : sequence of dict
        Records of ``satisfaction_ratings``.
    surveys : sequence of dict
        Records of ``survey_responses``.
    clock : Clock
        Reads times.
    tally : Counter
        Takes what had to be assumed.
    """
    answers = [_survey(survey, clock, tally) for survey in objects(list(surveys))]
    if any(answers):
        return [answer for answer in answers if answer]
    old = [_given(row, clock, tally) for row in objects(list(given))]
    if any(old):
        return [answer for answer in old if answer]
    return _present(ticket, audits, clock, tally)


def _present(
    ticket: dict[str, Any], audits: Audits, clock: Clock, tally: Tally
) -> list[dict[str, Any]]:
    """Give the score of the ticket itself; its audits tell the time, or a later answer."""
    present = mapping(ticket.get("satisfaction_rating"))
    found = _answered(audits)
    score = _score(present.get("score")) or (found[1] if found else None)
    if score is None:
        return []
    updated = present.get("updated_at") or present.get("created_at") or ticket.get("updated_at")
    at = found[0] if found else clock.maybe(updated, tally)
    return [{"at": at, "score": score, "comment": text(present.get("comment"))}] if at else []


def _score(value: object) -> float | None:
    return SCORES.get(str(value).replace("_", "").replace(" ", "").lower())


def _given(row: dict[str, Any], clock: Clock, tally: Tally) -> dict[str, Any] | None:
    score = _score(row.get("score"))
    at = clock.maybe(row.get("updated_at") or row.get("created_at"), tally)
    if score is None or at is None:
        return None
    return {"at": at, "score": score, "comment": text(row.get("comment"))}


def _survey(survey: dict[str, Any], clock: Clock, tally: Tally) -> dict[str, Any] | None:
    """Read a response of the new kind: a rating from 1 to 5 and an open answer."""
    score, comment, moment = None, None, survey.get("created_at")
    for answer in objects(survey.get("answers")):
        value = answer.get("rating", answer.get("value"))
        if isinstance(value, int | float) and 1 <= value <= 5:
            score, moment = float(value), answer.get("updated_at") or moment
        elif isinstance(value, str):
            comment = text(value)
    at = clock.maybe(moment, tally)
    return {"at": at, "score": score, "comment": comment} if score is not None and at else None


def _answered(audits: Audits) -> tuple[datetime, float] | None:
    """Find the last change of the score to an answer."""
    found = None
    for at, audit in audits:
        for event in objects(audit.get("events")):
            score = _score(event.get("value"))
            if event.get("field_name") == "satisfaction_score" and score is not None:
                found = (at, score)
    return found
