"""Journeys go out as XES and OCEL 2.0 that others can read, and come in again as they were."""

import json
from pathlib import Path
from typing import Any

from jsonschema_rs import validator_for

from journey.definitions.course import Course, follow
from journey.definitions.logs import export_ocel, export_xes
from journey.events.registry import meanings
from journey.mart import Mart
from journey.mining.log import LogEvent
from journey.mining.xes import read_xes
from tests.journey.definitions.made import definition, mart_of
from tests.journey.definitions.test_map import CASES


def _list(**item: object) -> dict[str, Any]:
    properties = {name: one for name, one in item.items() if name != "required"}
    needed = item.get("required", list(properties))
    return {
        "type": "array",
        "items": {"type": "object", "properties": properties, "required": needed},
    }


_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_TYPES = _list(
    name=_TEXT,
    attributes=_list(name=_TEXT, type={"enum": ["string", "time", "integer", "float", "boolean"]}),
)
_RELATED = _list(objectId=_TEXT, qualifier=_TEXT)
SCHEMA = {
    "type": "object",
    "required": ["eventTypes", "objectTypes", "events", "objects"],
    "properties": {
        "eventTypes": _TYPES,
        "objectTypes": _TYPES,
        "objects": _list(
            id=_TEXT,
            type=_TEXT,
            attributes=_list(
                name=_TEXT, value={"type": ["string", "number", "boolean"]}, time=_TIME
            ),
            relationships=_RELATED,
            required=["id", "type"],
        ),
        "events": _list(
            id=_TEXT,
            type=_TEXT,
            time=_TIME,
            attributes=_list(name=_TEXT, value={"type": ["string", "number", "boolean"]}),
            relationships=_RELATED,
            required=["id", "type", "time"],
        ),
    },
}
"""The rules of the JSON form in the OCEL 2.0 specification."""


def _course(made: Mart) -> Course:
    return follow(made, definition(), meanings())


def test_ocel_keeps_the_rules_of_its_schema_and_names_only_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    with mart_of(CASES) as made:
        there, happened = export_ocel(_course(made), path)
    log = json.loads(path.read_text())
    validator_for(SCHEMA, validate_formats=True).validate(log)
    assert (len(log["objects"]), len(log["events"])) == (there, happened)
    for types, items in (("eventTypes", "events"), ("objectTypes", "objects")):
        declared = {t["name"]: {a["name"] for a in t["attributes"]} for t in log[types]}
        assert len(declared) == len(log[types])
        ids = [item["id"] for item in log[items]]
        assert len(set(ids)) == len(ids)
        for item in log[items]:
            assert {a["name"] for a in item["attributes"]} <= declared[item["type"]]
    known = {item["id"] for item in log["objects"]}
    for item in (*log["events"], *log["objects"]):
        assert {r["objectId"] for r in item["relationships"]} <= known
    assert all(item["relationships"] for item in log["events"])
    assert {item["type"] for item in log["objects"]} == {"customer", "journey", "contact"}


def test_xes_holds_each_journey_from_its_start_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    with mart_of(CASES) as made:
        written = export_xes(_course(made), path)
    events = [event for event in read_xes(path) if isinstance(event, LogEvent)]
    assert len(events) == written
    mine = [event.activity for event in events if event.case_id == "b"]
    assert mine == ["contact:email", "contact:call", "handover:escalation", "contact:chat",
                    "order_delivered"]  # fmt: skip
    assert {event.case_id for event in events} == {"a", "b", "c", "d"}
