"""What happened to an Intercom conversation between its messages: states and assignments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.conversation import Status
from ingest.adapters.escalation import tag_escalates, target_escalates
from ingest.context import Context
from ingest.fields import mapping, objects, text
from ingest.outcome import Tally

Parts = Sequence[tuple[datetime, dict[str, Any]]]


def statuses(
    value: dict[str, Any], started: datetime, parts: Parts, context: Context, tally: Tally
) -> list[dict[str, Any]]:
    """Give the status history: open, snoozed (pending), closed (solved), open again.

    Where the parts do not tell of the present state, as in a list without parts, the time
    of the last change is taken from the statistics or the last update.
    """
    history: list[dict[str, Any]] = [{"status": Status.OPEN, "at": started}]
    for moment, part in parts:
        status = _status(part)
        if status is not None and status is not history[-1]["status"]:
            history.append({"status": status, "at": moment})
    present = _present(value)
    if present is not None and present is not history[-1]["status"]:
        name = "last_close_at" if present is Status.SOLVED else "last_contact_reply_at"
        at = context.clock.maybe(mapping(value.get("statistics")).get(name), tally)
        at = at or context.clock.maybe(value.get("updated_at"), tally) or started
        history.append({"status": present, "at": max(at, history[-1]["at"])})
    return history


def _status(part: dict[str, Any]) -> Status | None:
    kind = str(part.get("part_type"))
    if kind == "close":
        return Status.SOLVED
    if kind == "snoozed":
        return Status.PENDING
    if kind in ("open", "unsnoozed", "timer_unsnooze") or kind.endswith("_and_reopen"):
        return Status.OPEN
    return None


def _present(value: dict[str, Any]) -> Status | None:
    state = value.get("state")
    if state is None and isinstance(value.get("open"), bool):
        state = "open" if value["open"] else "closed"
    known = {"open": Status.OPEN, "closed": Status.SOLVED, "snoozed": Status.PENDING}
    return known.get(str(state))


def handovers(
    value: dict[str, Any],
    parts: Parts,
    names: Mapping[str, str],
    context: Context,
    tally: Tally,
) -> list[dict[str, Any]]:
    """Give the assignments that moved the conversation from one hand to another.

    The first assignment moves nothing unless an agent or a bot has spoken before. An
    escalation tag marks the first handover at or after it was applied.
    """
    spoken = _answers(mapping(value.get("source")))
    holder: str | None = None
    moves: list[dict[str, Any]] = []
    for moment, part in parts:
        target = text(mapping(part.get("assigned_to")).get("id"))
        if target and target != "0" and "assign" in str(part.get("part_type")):
            if target != holder and (spoken or holder):
                name = (names.get(target) or f"{part['assigned_to'].get('type', 'team')} {target}")[
                    :256
                ]
                moves.append({"at": moment, "to": name, "escalation": target_escalates(name)})
            holder = target
        spoken = spoken or _answers(part)
    return _with_tags(moves, value, context, tally)


def _answers(part: dict[str, Any]) -> bool:
    return bool(part.get("body")) and mapping(part.get("author")).get("type") in ("admin", "bot")


def _with_tags(
    moves: list[dict[str, Any]], value: dict[str, Any], context: Context, tally: Tally
) -> list[dict[str, Any]]:
    for tag in objects(mapping(value.get("tags")).get("tags")):
        name = text(tag.get("name")) or ""
        if not tag_escalates(name) or any(move["escalation"] for move in moves):
            continue
        at = context.clock.maybe(tag.get("applied_at"), tally)
        follow = next((m for m in moves if at is None or m["at"] >= at), None)
        if follow is not None:
            follow["escalation"] = True
        elif at is not None:
            moves.append({"at": at, "to": name[:256], "escalation": True})
    return moves
