"""A large PostgreSQL database: some hundred contacts through the real pipeline, then copies.

The contacts are invented and short. They are imported, tagged and built by the code that serves,
so that every table holds what it would hold. Then the rows are multiplied by COPY: each copy has
ids, identifiers and days of its own, so no copy shares a customer with another one.
"""

import random
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

from psycopg import Connection, Cursor, sql
from sqlalchemy import delete, func, select

from domain.base import stable_id
from domain.conversation import Conversation, conversation_id
from ingest.outcome import Item
from storage.database import Database
from storage.tables import Base, ConversationRow, TurnRow
from workers.intake import import_records
from workers.pipeline import Pipeline, drain
from workers.tagging import Tagger

CUSTOMERS = 80
CONTACTS = 200
"""Of the customers together; the first have twenty and ten, most one to three."""
DAYS = 360
"""Copies are spread over so many days before the first contacts."""
START = datetime(2026, 9, 1, 8, tzinfo=UTC)
SEED = 20261123
COPY = "k00000"
"""Stands in every source id and identifier; each copy has a number of its own there."""
TABLES = (
    *("conversations", "turns", "sightings", "signals", "needs", "theme_statements"),
    "theme_assignments",
    *("identity_links", "identities", "identity_members", "issues", "joins", "journeys"),
    *("outcomes", "work_items"),
)
SMALLER = (
    "DELETE FROM signals WHERE subject_kind = 'turn' AND kind <> 'intent'",
    "DELETE FROM signals WHERE kind IN ('act', 'language', 'sentiment_trend')",
    "DELETE FROM outcomes WHERE window_hours <> 168",
    "UPDATE needs SET vector = substring(vector FOR 64)",
    "UPDATE theme_statements SET vector = substring(vector FOR 64)",
)
"""Thins the template, so that a million contacts fit on a small disk."""
THEMED = (
    "INSERT INTO theme_models (version, state, digest, space, made_at, live_at, revision, places, "
    "themes, ledger, facts) SELECT 'made@1', 'live', 'made', coalesce(min(space), ''), now(), "
    "now(), 1, '[]', '[]', '[]', '{}' FROM theme_statements",
    "INSERT INTO theme_assignments (version, statement_id, conversation_id, theme_id, score, "
    "state, by_person) SELECT 'made@1', id, conversation_id, 'thm_' || "
    "ascii(substr(content_hash, 5)) % 16, 0.9, 'assigned', false FROM theme_statements",
)
"""A theme for each statement, as a live model would give it."""
THEME = "thm_1"
TOGETHER = 25
"""Copies in one COPY of each table."""
TOKEN = re.compile(rf"\b[a-z]{{3}}_[0-9a-f]{{24}}\b|{COPY}|\b20\d\d-\d\d-\d\d(?=[ T]\d\d:)")
ASKED = (
    "Where is my parcel? The tracking has not moved since Monday.",
    "I want my money back for the blue lamp, it arrived broken.",
    "Please cancel my subscription, I was charged twice this month.",
    "I cannot log in, the password reset mail never comes.",
    "This is the third time I ask. Why does nobody answer?",
    "Can you change the delivery address of my order?",
    "The app crashes whenever I open my invoices.",
    "Thanks, that solved it!",
)
ANSWERED = (
    "We will look into it and call you back tomorrow.",
    "I have sent the refund today, it takes three days.",
    "Please try the link that I sent to your address.",
    "I am sorry for the trouble. Our team checks this now.",
)
BRANDS = ("north",) * 60 + ("south",) * 39 + ("rare",)


def make_template(database: Database, tagger: Tagger) -> int:
    """Read the invented contacts in, tag them and build their journeys; give their number."""
    given = list(contacts())
    import_records(database, (Item(record, f"template:{n}") for n, record in enumerate(given)))
    done = drain(Pipeline(database, tagger))
    if done.failed:
        raise RuntimeError(f"{done.failed} of {len(given)} contacts could not be read")
    with connect(database) as connection:
        for statement in (*SMALLER, *THEMED):
            connection.execute(statement.encode())
    return len(given)


def contacts() -> Iterator[Conversation]:
    """Invent contacts of two or three short turns."""
    chance = random.Random(SEED)  # noqa: S311 - invented text, no secret
    owners = [0] * 20 + [1] * 10 + list(range(CUSTOMERS))
    owners += chance.choices(range(2, CUSTOMERS), k=CONTACTS - len(owners))
    for number, customer in enumerate(owners):
        at = START + timedelta(minutes=chance.randrange(28 * 24 * 60))
        yield Conversation.model_validate(
            {
                "source": chance.choice(("desk", "desk", "shop")),
                "source_id": f"{number}-{COPY}",
                "channel": chance.choice(("email", "chat", "chat", "call")),
                "brand": chance.choice(BRANDS),
                "started_at": at,
                "identifiers": [f"email:c{customer}.{COPY}@shop.example"],
                "status_history": [{"status": "solved", "at": at + timedelta(hours=5)}],
                "turns": [
                    {
                        "role": "agent" if place % 2 else "customer",
                        "text": chance.choice(ANSWERED if place % 2 else ASKED),
                        "at": at + timedelta(minutes=20 * place),
                        "source_id": str(place),
                    }
                    for place in range(chance.randint(2, 3))
                ],
            }
        )


class Template:
    """The rows of the template, cut at what differs from copy to copy.

    Parameters
    ----------
    database : Database
        Where ``make_template`` put them.
    """

    def __init__(self, database: Database) -> None:
        with database.reading() as session:
            talks = session.execute(
                select(ConversationRow.id, ConversationRow.source, ConversationRow.source_id)
            ).all()
            turns = session.execute(
                select(TurnRow.id, TurnRow.conversation_id, TurnRow.source_id)
            ).all()
        self._talks = [(id_, source, name) for id_, source, name in talks]
        self._turns = [(id_, owner, name or "") for id_, owner, name in turns]
        self._cut: dict[str, tuple[str, list[str]]] = {}
        with connect(database) as connection:
            for table in TABLES:
                self._cut[table] = _columns(connection, table), _pieces(connection, table)
        tokens = {token for _, pieces in self._cut.values() for token in pieces[1::2]}
        self._days = {token: date.fromisoformat(token) for token in tokens if token[:2] == "20"}
        derived = {id_ for id_, *_ in (*self._talks, *self._turns)}
        ids = tokens - self._days.keys() - derived - {COPY}
        self._ids = [(token, token[:4], int(token[4:], 16)) for token in ids]

    def rows(self, table: str, names: Mapping[str, str]) -> str:
        """Write the rows of a table as text for COPY, with the names of one copy."""
        pieces = self._cut[table][1].copy()
        pieces[1::2] = [names[token] for token in pieces[1::2]]
        return "".join(pieces)

    def columns(self, table: str) -> str:
        """Give the columns that ``rows`` writes."""
        return self._cut[table][0]

    def names(self, number: int) -> dict[str, str]:
        """Give what stands in a copy in the place of each id, identifier and day."""
        salt = random.Random(number).getrandbits(96)  # noqa: S311 - ids of invented rows
        copy = f"k{number:05d}"
        names = {token: f"{prefix}{value ^ salt:024x}" for token, prefix, value in self._ids}
        for id_, source, name in self._talks:
            names[id_] = conversation_id(source, name.replace(COPY, copy))
        for id_, owner, name in self._turns:
            names[id_] = stable_id("trn", names[owner], name)
        back = timedelta(days=number % DAYS)
        names |= {token: (day - back).isoformat() for token, day in self._days.items()}
        return names | {COPY: copy}


def multiply(database: Database, first: int, last: int) -> Iterator[int]:
    """Write copies ``first`` to ``last``, that one left out; tell after each group how far it is.

    Keys and indexes are made anew at the end, and every table is analysed. Foreign keys hold
    for what is written from then on; the copies are known to fit.
    """
    template = Template(database)
    with connect(database) as connection:
        anew = _strip(connection)
        connection.execute("SET synchronous_commit = off")
        for begin in range(first, last, TOGETHER):
            group = range(begin, min(begin + TOGETHER, last))
            names = [template.names(number) for number in group]
            for table in TABLES:
                into = f"COPY {table} ({template.columns(table)}) FROM STDIN"
                with connection.cursor().copy(into.encode()) as copy:
                    for one in names:
                        copy.write(template.rows(table, one))
            yield group.stop
        for statement in anew:
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")


def count(database: Database) -> int:
    """Count the conversations."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ConversationRow)) or 0


def size(database: Database) -> int:
    """Give the bytes that a database takes, indexes included."""
    with database.reading() as session:
        return session.scalar(select(func.pg_database_size(func.current_database()))) or 0


def empty(database: Database) -> None:
    """Take everything away."""
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))


def connect(database: Database) -> Connection:
    """Open a plain connection, every statement a transaction."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return Connection.connect(url, autocommit=True)


def _columns(connection: Connection, table: str) -> str:
    names = _run(connection, "SELECT * FROM {} LIMIT 0", table).description or ()
    # The queue numbers its rows itself.
    chosen = [c.name for c in names if not (table == "work_items" and c.name == "id")]
    return ", ".join(f'"{name}"' for name in chosen)


def _pieces(connection: Connection, table: str) -> list[str]:
    """Cut a table's rows: texts at even places, what differs from copy to copy at odd ones."""
    query = f"COPY {table} ({_columns(connection, table)}) TO STDOUT"
    with connection.cursor().copy(query.encode()) as copy:
        text = b"".join(bytes(part) for part in copy).decode()
    pieces, end = [], 0
    for found in TOKEN.finditer(text):
        pieces += [text[end : found.start()], found.group()]
        end = found.end()
    return [*pieces, text[end:]]


def _strip(connection: Connection) -> list[str]:
    """Drop keys and indexes of the tables; give the statements that make them again, in order."""
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype = 'f' AS far "
        "FROM pg_constraint WHERE contype IN ('p', 'u', 'f') "
        "AND (conrelid::regclass::text = ANY(%(t)s) OR confrelid::regclass::text = ANY(%(t)s)) "
        "ORDER BY far",
        {"t": list(TABLES)},
    ).fetchall()
    for table, name, *_ in reversed(keys):
        _run(connection, "ALTER TABLE {} DROP CONSTRAINT {}", table, name)
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid::regclass::text = ANY(%s)",
        [list(TABLES)],
    ).fetchall()
    for name, _ in indexes:
        _run(connection, "DROP INDEX {}", name)
    made = [
        f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}{' NOT VALID' if far else ''}"
        for table, name, definition, far in keys
    ]
    own = sum(not far for *_, far in keys)
    return [*made[:own], *(definition for _, definition in indexes), *made[own:]]


def _run(connection: Connection, statement: LiteralString, *names: str) -> Cursor:
    return connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
