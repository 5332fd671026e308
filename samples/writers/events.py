"""Events: Segment JSON lines, CloudEvents and CSV."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from domain.identity import IdentifierKind
from samples.contact import Happening
from samples.ids import Json, as_lines, draw, hexadecimal, iso, number, uuid_of

IDENTIFY = re.compile(r"(user )?identif(y|ied)", re.IGNORECASE)
CSV_COLUMNS = ("event_id", "event", "timestamp", "email", "phone", "account", "device", "anonymous")


def files(happenings: Sequence[Happening]) -> Iterator[tuple[str, str]]:
    """Render events, each in the format that it names."""
    by_format = {
        name: [h for h in happenings if h.source.format == name]
        for name in ("segment", "cloudevents", "csv")
    }
    calls = [_segment(happening) for happening in by_format["segment"]]
    # Segment delivers at least once: one call comes again, with the same messageId.
    calls += calls[2:3]
    yield "events/segment.jsonl", as_lines(calls)
    yield "events/cloudevents.jsonl", as_lines(_cloudevent(h) for h in by_format["cloudevents"])
    yield "events/events.csv", _table(by_format["csv"])


def _identifiers(happening: Happening) -> dict[str, str]:
    return {i.kind.value: i.value for i in happening.source.shows}


def _segment(happening: Happening) -> Json:
    """Render a call; about one in three comes from a client whose clock is wrong."""
    source = happening.source
    shown = _identifiers(happening)
    account, anonymous = shown.get("account"), shown.get("anonymous")
    traits = {kind: shown[kind] for kind in ("email", "phone", "account") if kind in shown}
    context: Json = {"app": {"name": happening.brand}, "library": {"name": "analytics.js"}}
    if "device" in shown:
        context["device"] = {"id": shown["device"]}
    body: Json = {"properties": {**source.properties, "brand": happening.brand}}
    kind = "identify" if IDENTIFY.fullmatch(source.name) else "track"
    if source.name.lower().startswith("page viewed"):
        kind = "page"
    if kind == "identify":
        body = {"traits": {**traits, **source.properties}}
    else:
        body["event" if kind == "track" else "name"] = source.name
        context["traits"] = traits
    call: Json = {"type": kind, "messageId": f"ajs-{hexadecimal(happening.key, 24)}", **body}
    call |= {"userId": account, "context": context, **_clock(happening.key, source.at)}
    # The format wants one of both ids; a client that knows neither draws an anonymous one.
    call["anonymousId"] = anonymous or (None if account else uuid_of(f"{happening.key} client"))
    return call


def _clock(key: str, at: datetime) -> Json:
    """Tell four times: what the client said is off by its skew, ``timestamp`` is not."""
    skew = timedelta(seconds=draw(f"{key} skew", 7000) if draw(f"{key} skewed", 3) == 0 else 0)
    sent = timedelta(seconds=1 + draw(f"{key} sent", 4))
    return {
        "originalTimestamp": iso(at - skew),
        "sentAt": iso(at - skew + sent),
        "receivedAt": iso(at + sent),
        "timestamp": iso(at),
    }


def _cloudevent(happening: Happening) -> Json:
    source = happening.source
    host = happening.brand.replace("_", "")
    snake = re.sub(r"\W+", "_", source.name).lower()
    names = {"anonymous": "anonymous_id", "device": "device_id"}
    shown = {names.get(kind, kind): value for kind, value in _identifiers(happening).items()}
    event: Json = {
        "specversion": "1.0",
        "id": uuid_of(f"cloudevent {happening.key}"),
        "source": f"/{host}/backend",
        "type": source.name if "." in source.name else f"com.{host}.{snake}",
        "time": iso(source.at),
        "datacontenttype": "application/json",
        "data": {**shown, "brand": happening.brand, **source.properties},
    }
    account = source.shown(IdentifierKind.ACCOUNT)
    return event | ({"subject": account} if account else {})


def _table(happenings: Sequence[Happening]) -> str:
    table = io.StringIO(newline="")
    columns = (*CSV_COLUMNS, "brand", "properties")
    writer = csv.DictWriter(table, columns, lineterminator="\n", restval="")
    writer.writeheader()
    for happening in happenings:
        source = happening.source
        row = {
            "event_id": f"E{number(happening.key, 8)}",
            "event": source.name,
            "timestamp": iso(source.at),
            "brand": happening.brand,
            "properties": json.dumps(source.properties, sort_keys=True, ensure_ascii=False),
        }
        writer.writerow(row | _identifiers(happening))
    return table.getvalue()
