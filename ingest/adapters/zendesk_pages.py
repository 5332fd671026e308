"""Where the records of Zendesk's endpoints belong: pages and lines sorted into the spool."""

import re
from collections.abc import Mapping
from typing import Any

from ingest.fields import mapping, objects, text
from ingest.files import SourceFile
from ingest.head import Head
from ingest.jsons import Node
from ingest.outcome import Rejection
from ingest.spool import Spool

PAGES: Mapping[str, str] = {
    "tickets": "ticket",
    "comments": "comment",
    "audits": "audit",
    "ticket_audits": "audit",
    "ticket_events": "ticket_event",
    "metric_sets": "metric",
    "ticket_metrics": "metric",
    "satisfaction_ratings": "rating",
    "survey_responses": "survey",
    "users": "user",
    "groups": "group",
    "brands": "brand",
    "organizations": "organization",
    "ticket_fields": "field",
    "ticket_metric_events": "ignored",
    "deleted_tickets": "ignored",
}
"""Name of a list in an export page to what it holds."""
_NAMED = frozenset({"user", "group", "brand", "organization", "field"})
_OF_TICKET = re.compile(r"tickets?[/_-](\d+)")


def recognises(head: Head) -> bool:
    """Tell a Zendesk page, or its records one a line."""
    pages = (f"{page}.item.id" for page in PAGES)
    empty = "tickets" in head.paths and head.has_any("after_cursor", "end_of_stream", "next_page")
    ticket = head.has("requester_id", "status") or head.has("ticket.requester_id")
    comment = head.has("author_id", "body") and head.has_any("ticket_id", "audit_id", "public")
    audit = head.has("ticket_id", "events") or head.has("ticket_id", "child_events")
    metric = head.has("ticket_id", "reply_time_in_minutes")
    user = head.has("id", "role", "email", "name")
    return any(p in head.paths for p in pages) or any((empty, ticket, comment, audit, metric, user))


class Router:
    """Puts the records of one file into the spool."""

    def __init__(self, spool: Spool, file: SourceFile) -> None:
        self._spool = spool
        self._file = file
        self._unplaced = f"?{file.name}"
        named = _OF_TICKET.search(file.stem)
        self._ticket = named[1] if named else None
        self._waiting = 0

    def put(self, node: Node) -> Rejection | None:
        """Put one record; a rejection if nobody can say what it is."""
        value = node.value
        if node.page == "*":
            self._learn(mapping(value))
            return None
        if not isinstance(value, dict):
            return Rejection(node.where, None, "a record is a JSON object")
        kind = PAGES.get(node.page) or _kind(value)
        if kind == "bundle":
            return self._bundle(value, node.where)
        if kind is None:
            return Rejection(node.where, None, "this is no ticket, comment, audit, metric or user")
        return self._put(kind, value, node.where)

    def finish(self) -> Rejection | None:
        """Hand comments without a ticket's id to the ticket that the file names."""
        if not self._waiting:
            return None
        if self._ticket is None:
            reason = (
                f"{self._waiting} comment(s) do not say which ticket they belong to; "
                "name the file ticket_<id>_comments.json"
            )
            return Rejection(self._file.name, "ticket_id", reason)
        for kind in ("comment", "audit"):
            self._spool.move(kind, self._unplaced, self._ticket)
        return None

    def _learn(self, page: Mapping[str, Any]) -> None:
        """Find the ticket that a page of comments belongs to in what the page says of itself."""
        links = [text(page.get(name)) or "" for name in ("url", "next_page", "previous_page")]
        ticket = mapping(page.get("ticket"))
        if ticket:
            self._put("ticket", ticket, self._file.name)
        found = next((m[1] for link in links if (m := _OF_TICKET.search(link))), None)
        self._ticket = (
            text(page.get("ticket_id")) or text(ticket.get("id")) or found or self._ticket
        )

    def _bundle(self, value: dict[str, Any], where: str) -> Rejection | None:
        """Take a single ticket with what lies beside it in one object."""
        key = text(mapping(value["ticket"]).get("id"))
        for page, kind in PAGES.items():
            for row in objects(value.get(page)):
                self._put(kind, {"ticket_id": key, **row}, where)
        return self._put("ticket", value["ticket"], where)

    def _put(self, kind: str, value: dict[str, Any], where: str) -> Rejection | None:
        if kind == "ignored":
            return None
        identity = text(value.get("id"))
        if kind == "ticket":
            return self._put_ticket(identity, value, where)
        if kind in _NAMED:
            if identity:
                self._spool.put(kind, identity, "", value)
            return None
        if kind == "survey":
            self._put_survey(identity or "", value)
            return None
        self._put_piece(kind, identity, value, where)
        return None

    def _put_ticket(
        self, identity: str | None, value: dict[str, Any], where: str
    ) -> Rejection | None:
        if identity is None:
            return Rejection(where, "id", "is missing")
        for name, kind in (("comments", "comment"), ("audits", "audit"), ("metric_set", "metric")):
            held = value.get(name)
            for row in objects(held if isinstance(held, list) else [held]):
                self._put_piece(kind, text(row.get("id")), {**row, "ticket_id": identity}, where)
        bare = {k: v for k, v in value.items() if k not in ("comments", "audits", "metric_set")}
        place = re.sub(r"[#:]\d+$", "", where)
        self._spool.put("ticket", identity, "", bare, stamp=_stamp(value), place=place)
        return None

    def _put_piece(
        self, kind: str, identity: str | None, value: dict[str, Any], where: str
    ) -> None:
        key = text(value.get("ticket_id"))
        if key is None:
            key = self._unplaced
            self._waiting += 1
        place = re.sub(r"[#:]\d+$", "", where)
        if kind == "ticket_event":
            kind, value = "audit", {**value, "events": _from_child_events(value)}
        if kind == "audit":
            for comment in _comments_of(value):
                part = text(comment.get("id")) or ""
                self._spool.put("comment", key, part, comment, place=place)
        # A comment of its own says more than the same one inside an audit.
        self._spool.put(kind, key, identity or "", value, stamp=1.0, place=place)

    def _put_survey(self, identity: str, value: dict[str, Any]) -> None:
        for subject in objects(value.get("subjects")):
            key = text(subject.get("id"))
            if key and "ticket" in str(subject.get("type")):
                self._spool.put("survey", key.rpartition(":")[2], identity, value)


def _kind(value: dict[str, Any]) -> str | None:
    """Tell a bare record by its fields."""
    keys = value.keys()
    signs = (
        ("bundle", isinstance(value.get("ticket"), dict)),
        ("ticket", "requester_id" in keys and "status" in keys),
        ("ticket_event", "child_events" in keys),
        ("audit", "ticket_id" in keys and "events" in keys),
        ("metric", "ticket_id" in keys and "reply_time_in_minutes" in keys),
        ("rating", "ticket_id" in keys and "score" in keys),
        ("comment", "author_id" in keys and ("body" in keys or "html_body" in keys)),
        ("user", "role" in keys and "name" in keys),
        ("group", "name" in keys and "id" in keys),
    )
    return next((kind for kind, fits in signs if fits), None)


def _stamp(ticket: dict[str, Any]) -> float:
    """Version of a ticket: exports are in order of generated_timestamp, not of updated_at."""
    try:
        return float(str(ticket.get("generated_timestamp")))
    except ValueError:
        return 0.0


def _from_child_events(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the events of an incremental ticket-event export as those of an audit."""
    events = []
    for child in objects(value.get("child_events")):
        kind = text(child.get("event_type"))
        if kind == "Comment":
            events.append({**child, "type": "Comment"})
        for name in ("status", "group_id", "assignee_id", "tags", "satisfaction_score"):
            if kind in ("Create", "Change") and name in child:
                change = {"type": kind, "field_name": name, "value": child[name]}
                events.append({**change, "previous_value": child.get("previous_value")})
    return events


def _comments_of(audit: dict[str, Any]) -> list[dict[str, Any]]:
    base = {name: audit.get(name) for name in ("created_at", "via", "author_id")}
    if base["author_id"] is None:
        base["author_id"] = audit.get("updater_id")
    comments = [
        e for e in objects(audit.get("events")) if e.get("type") in ("Comment", "VoiceComment")
    ]
    return [{**base, **comment} for comment in comments]
