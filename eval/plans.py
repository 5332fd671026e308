"""Every list and context query of the API, and how PostgreSQL runs it.

``statements`` runs a call of the repositories and notes what it sends; ``explain`` has the
server run each statement again and tell its plan.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from domain.conversation import Channel, Status
from domain.identity import Identifier
from domain.outcome import OutcomeKind, OutcomeState
from domain.signal import SignalKind
from journey.policy import JourneyPolicy
from storage import conversations, journeys, outcomes, search, sightings
from storage.database import Database
from storage.freshness import settled
from storage.search import ConversationFilter, JourneyFilter, OutcomeFilter, SignalFilter
from workers.look import by_identifiers, look

Call = Callable[[Session], object]
PAGE = 50
_SKIPPED = "Rows Removed by Filter"


@dataclass
class Plan:
    """How the server ran one statement."""

    statement: str
    tree: Mapping[str, Any]
    """As ``EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`` tells it."""
    milliseconds: float = 0.0
    nodes: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def buffers(self) -> int:
        """Pages of 8 kB that were looked at."""
        return int(self.tree.get("Shared Hit Blocks", 0) + self.tree.get("Shared Read Blocks", 0))

    @property
    def read(self) -> int:
        """Those of them that had to be fetched."""
        return int(self.tree.get("Shared Read Blocks", 0))

    def scanned(self) -> set[str]:
        """Give the tables that were read from end to end."""
        return {str(n["Relation Name"]) for n in self.nodes if n["Node Type"] == "Seq Scan"}

    def skipped(self) -> dict[str, int]:
        """Give by table the most rows that one step looked at and threw away."""
        found: dict[str, int] = {}
        for node in self.nodes:
            table = str(node.get("Relation Name"))
            count = int(node.get(_SKIPPED, 0)) * int(node["Actual Loops"])
            found[table] = max(count, found.get(table, 0))
        return found

    def ways(self) -> list[str]:
        """Give how tables were read: the indexes, and ``seq`` with a table's name."""
        seen = [_way(node) for node in self.nodes]
        return list(dict.fromkeys(way for way in seen if way))


def lists(moment: datetime, after: Sequence[str], theme: str) -> dict[str, Call]:
    """Give the listings of the API by a name: every filter alone, and the pairs people use.

    Parameters
    ----------
    moment : datetime
        From which on a period is asked for.
    after : sequence of str
        Position deep in the conversations: a moment and an id.
    theme : str
        Id of a theme.
    """
    intent = SignalFilter(kind=SignalKind.INTENT, label="refund_request")
    rare = SignalFilter(kind=SignalKind.INTENT, label="no_such_label")
    repeated = OutcomeFilter(kind=OutcomeKind.REPEAT_CONTACT, window_hours=168.0)
    escalated = OutcomeFilter(kind=OutcomeKind.ESCALATED)
    open_ = OutcomeFilter(kind=OutcomeKind.ESCALATED, state=OutcomeState.OPEN)
    talks: dict[str, ConversationFilter] = {
        "all": ConversationFilter(),
        "source": ConversationFilter(source="shop"),
        "source nobody has": ConversationFilter(source="nobody"),
        "channel": ConversationFilter(channel=Channel.CALL),
        "channel nobody uses": ConversationFilter(channel=Channel.SOCIAL),
        "brand": ConversationFilter(brand="rare"),
        "brand nobody has": ConversationFilter(brand="none"),
        "status": ConversationFilter(status=Status.SOLVED),
        "status nobody has": ConversationFilter(status=Status.PENDING),
        "period": ConversationFilter(started_before=moment),
        "signal": ConversationFilter(signal=intent),
        "signal nobody has": ConversationFilter(signal=rare),
        "outcome": ConversationFilter(outcome=repeated),
        "rare outcome": ConversationFilter(outcome=escalated),
        "outcome nobody has": ConversationFilter(outcome=open_),
        "signal, outcome": ConversationFilter(signal=intent, outcome=repeated),
        "theme": ConversationFilter(signal=SignalFilter(kind=SignalKind.THEME, label=theme)),
    }
    ways: dict[str, JourneyFilter] = {
        "all": JourneyFilter(),
        "customer": JourneyFilter(identity_id="idn_000000000000000000000000"),
        "intent": JourneyFilter(intent="refund_request"),
        "intent nobody has": JourneyFilter(intent="no_such_label"),
        "brand": JourneyFilter(brand="rare"),
        "brand nobody has": JourneyFilter(brand="none"),
        "effort": JourneyFilter(min_effort=60.0),
        "effort nobody has": JourneyFilter(min_effort=100.0),
        "open": JourneyFilter(closed=False),
        "closed": JourneyFilter(closed=True),
        "outcome": JourneyFilter(outcome=repeated),
        "outcome nobody has": JourneyFilter(outcome=open_),
        "period": JourneyFilter(opened_before=moment),
    }
    calls: dict[str, Call] = {}
    for name, wanted in talks.items():
        calls[f"conversations: {name}"] = _talks(wanted)
    calls["conversations: a deep page"] = _talks(ConversationFilter(), after)
    for name, way in ways.items():
        calls[f"journeys: {name}"] = _journeys(way)
    calls["journeys: a deep page"] = _journeys(JourneyFilter(), after)
    return calls


def counts(moment: datetime, before: datetime) -> dict[str, Call]:
    """Give the queries that count over a period: they read all that they count."""
    intent = SignalFilter(kind=SignalKind.INTENT, label="refund_request")
    wanted = ConversationFilter(signal=intent, started_from=moment, started_before=before)
    return {"outcomes by signal, one week": lambda session: outcomes.count(session, wanted)}


def context(identifier: Identifier) -> Call:
    """Give what ``GET /v1/context`` asks of the database for one customer."""

    def call(session: Session) -> object:
        names = {str(identifier)}
        settled(session, sightings.records_with(session, names, 500), datetime.now(UTC))
        identity = by_identifiers(session, [identifier])
        if identity is None:
            raise LookupError("this customer is not there")
        return look(session, identity, JourneyPolicy())

    return call


def explain(database: Database, call: Call, *, scans: bool = True) -> list[Plan]:
    """Run a call, and each of its statements once more under EXPLAIN.

    Parameters
    ----------
    scans : bool
        False has the server read no table from end to end where any index would do.
    """
    with database.reading() as session:
        if not scans:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        with _noted(session.connection()) as sent:
            call(session)
        return [_plan(session, statement, values) for statement, values in sent]


@contextmanager
def _noted(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401
        sent.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _plan(session: Session, statement: str, values: Any) -> Plan:  # noqa: ANN401
    asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    told = session.connection().exec_driver_sql(asked, values).scalar_one()[0]
    tree = told["Plan"]
    return Plan(statement, tree, told["Execution Time"], list(_nodes(tree)))


def _nodes(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield tree
    for child in tree.get("Plans", ()):
        yield from _nodes(child)


def _way(node: Mapping[str, Any]) -> str | None:
    if node["Node Type"] == "Seq Scan":
        return f"seq {node['Relation Name']}"
    name = node.get("Index Name")
    return None if name is None else str(name)


def _talks(wanted: ConversationFilter, after: Sequence[str] | None = None) -> Call:
    def call(session: Session) -> object:
        page = search.conversation_page(session, wanted, PAGE, after)
        return conversations.get_many(session, page.ids)

    return call


def _journeys(wanted: JourneyFilter, after: Sequence[str] | None = None) -> Call:
    def call(session: Session) -> object:
        page = search.journey_page(session, wanted, PAGE, after)
        return journeys.get_many(session, page.ids)

    return call


def settings(database: Database) -> dict[str, str]:
    """Give what the server is set to, as far as it decides on plans."""
    names = ("server_version", "shared_buffers", "work_mem", "random_page_cost", "jit")
    with database.reading() as session:
        return {name: str(session.scalar(text(f"SHOW {name}"))) for name in names}
