"""Keys are kept as hashes, and a request that is sent again is answered as before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import api_keys, idempotency, vectors
from storage.database import Database
from storage.idempotency import Answer, ReusedKeyError
from storage.tables import ApiKeyRow, IdempotencyRow, VectorRow
from storage.vectors import StoredVectors


def test_a_key_is_found_by_its_secret_until_it_is_revoked(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        secret = api_keys.create(session, "crm", ["read", "write"], now)
        found = api_keys.find(session, secret)
        assert found is not None
        assert (found.name, found.scopes) == ("crm", {"read", "write"})
        assert api_keys.find(session, "tl_guess") is None
        row = session.scalars(select(ApiKeyRow)).one()
        assert secret not in {str(getattr(row, c.name)) for c in ApiKeyRow.__table__.columns}
        assert api_keys.revoke(session, "crm", now)
        assert not api_keys.revoke(session, "crm", now)
        assert api_keys.find(session, secret) is None
        assert [key.revoked_at for key in api_keys.every(session)] == [now]


def test_two_keys_of_one_name_are_refused(database: Database, now: datetime) -> None:
    with database.session() as session:
        api_keys.create(session, "crm", [], now)
    with pytest.raises(ValueError, match="crm"), database.session() as session:
        api_keys.create(session, "crm", [], now)


def test_a_request_sent_again_gets_the_first_answer(database: Database, now: datetime) -> None:
    answer = Answer(status_code=202, body={"job": "j1"})
    with database.session() as session:
        assert idempotency.begin(session, "crm", "k", "hash", now) is None
        idempotency.finish(session, "crm", "k", answer)
    with database.session() as session:
        assert idempotency.begin(session, "crm", "k", "hash", now) == answer
        assert idempotency.begin(session, "other", "k", "hash", now) is None
        with pytest.raises(ReusedKeyError):
            idempotency.begin(session, "crm", "k", "another hash", now)


def test_a_request_that_failed_can_be_sent_again(database: Database, now: datetime) -> None:
    def fail(session: Session) -> None:
        idempotency.begin(session, "crm", "k", "hash", now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.run(fail)
    with database.session() as session:
        assert idempotency.begin(session, "crm", "k", "another", now) is None


def test_the_same_request_from_eight_threads_is_done_once(
    database: Database, now: datetime
) -> None:
    done: list[int] = []

    def send(number: int) -> Answer:
        def answer(session: Session) -> Answer:
            known = idempotency.begin(session, "crm", "k", "hash", now)
            if known is None:
                done.append(number)
                known = Answer(status_code=202, body={"by": number})
                idempotency.finish(session, "crm", "k", known)
            return known

        return database.run(answer)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert len(done) == 1
    assert {str(answer.body) for answer in answers} == {str({"by": done[0]})}


def test_old_answers_are_forgotten(database: Database, now: datetime) -> None:
    with database.session() as session:
        idempotency.begin(session, "crm", "old", "h", now - timedelta(days=8))
        idempotency.begin(session, "crm", "new", "h", now)
        idempotency.prune(session, now)
        assert session.scalars(select(IdempotencyRow.key)).all() == ["new"]


def test_vectors_come_back_byte_for_byte(database: Database) -> None:
    cache = StoredVectors(database)
    items = {f"k{i}": bytes([i % 256]) * 8 for i in range(1200)}
    cache.put_many(items)
    cache.put_many({"k1": items["k1"]})
    assert cache.get_many([*items, "unknown"]) == items
    assert cache.get_many([]) == {}
    with database.session() as session:
        made = session.scalars(select(VectorRow.made_at)).first()
        assert made is not None
        vectors.prune(session, made + timedelta(seconds=60))
    assert cache.get_many(["k1"]) == {}
