"""What happened to a Zendesk ticket between its comments: statuses and handovers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from domain.conversation import Status
from ingest.adapters.escalation import tag_escalates, target_escalates
from ingest.clock import Clock
from ingest.fields import objects, text
from ingest.outcome import Repair, Tally

Audits = Sequence[tuple[datetime, dict[str, Any]]]
Rows = list[dict[str, Any]]
NameOf = Callable[[str, object], str | None]


def history(
    ticket: dict[str, Any],
    started: datetime,
    audits: Audits,
    metric: dict[str, Any],
    name_of: NameOf,
    clock: Clock,
    tally: Tally,
) -> tuple[Rows, Rows]:
    """Give the status history and the handovers of a ticket.

    From its audits; without them the present status is dated by the metrics or the last
    update, and handovers are not known.

    Parameters
    ----------
    ticket : dict
        The ticket.
    started : datetime
        When it was created.
    audits : sequence of (datetime, dict)
        In order of time.
    metric : dict
        Its metric set, or an empty object.
    name_of : callable
        Gives the name of a group or user by kind and id.
    clock : Clock
        Reads times.
    tally : Counter
        Takes what had to be assumed.
    """
    statuses: Rows = []
    moves: Rows = []
    for at, audit in audits:
        changes = [e for e in objects(audit.get("events")) if e.get("type") in ("Create", "Change")]
        for change in changes:
            status = _status(change.get("value"))
            if change.get("field_name") == "status" and status:
                _append(statuses, status, at)
        moves += _moves(at, changes, name_of)
    if not statuses or statuses[0]["at"] > started:
        statuses.insert(0, {"status": Status.NEW, "at": started})
    present = _status(ticket.get("status"))
    if present and present is not statuses[-1]["status"]:
        tally[Repair.INCOMPLETE] += 1
        statuses = _dated(statuses, present, ticket, metric, clock, tally)
    return statuses, _once_escalated(moves)


def _status(value: object) -> Status | None:
    try:
        return Status(str(value))
    except ValueError:
        return None


def _append(rows: Rows, status: Status, at: datetime) -> None:
    if not rows or rows[-1]["status"] is not status:
        rows.append({"status": status, "at": at})


def _dated(
    rows: Rows,
    present: Status,
    ticket: dict[str, Any],
    metric: dict[str, Any],
    clock: Clock,
    tally: Tally,
) -> Rows:
    """Add the present status, dated as well as the metrics allow."""
    rows = list(rows)
    last = rows[-1]["at"]
    solved = clock.maybe(metric.get("solved_at"), tally)
    changed = (
        clock.maybe(metric.get("status_updated_at") or ticket.get("updated_at"), tally) or last
    )
    if present.done and solved and not rows[-1]["status"].done:
        _append(rows, Status.SOLVED, max(solved, last))
    if present is Status.CLOSED or present is not rows[-1]["status"]:
        _append(rows, present, max(changed, rows[-1]["at"]))
    return rows


def _moves(at: datetime, changes: Rows, name_of: NameOf) -> Rows:
    """Give the handover that one audit holds, if any: to a group, else to a person.

    The first assignment is none: nobody had it before.
    """
    target = None
    for field, kind in (("assignee_id", "user"), ("group_id", "group")):
        for change in changes:
            moved = text(change.get("previous_value")) and text(change.get("value"))
            if change.get("field_name") == field and change.get("type") == "Change" and moved:
                target = name_of(kind, change["value"]) or f"{kind} {change['value']}"
    tag = next((t for change in changes for t in _added_tags(change) if tag_escalates(t)), None)
    if target is None and tag is None:
        return []
    escalation = tag is not None or target_escalates(target or "")
    return [
        {
            "at": at,
            "to": (target or tag or "")[:256],
            "escalation": escalation,
            "tag": target is None,
        }
    ]


def _added_tags(change: dict[str, Any]) -> list[str]:
    if change.get("field_name") != "tags" or change.get("type") != "Change":
        return []
    return sorted(_tags(change.get("value")) - _tags(change.get("previous_value")))


def _tags(value: object) -> set[str]:
    if isinstance(value, list):
        return {str(tag) for tag in value}
    return set(str(value or "").split())


def _once_escalated(moves: Rows) -> Rows:
    """Drop escalations told by a tag alone where a handover tells of one already."""
    told = any(move["escalation"] and not move["tag"] for move in moves)
    kept = [move for move in moves if not (move["tag"] and told)]
    return [{name: move[name] for name in ("at", "to", "escalation")} for move in kept]
