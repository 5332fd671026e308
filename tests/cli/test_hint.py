"""With a broker, an import ends with a word to the workers."""

import os
from pathlib import Path
from time import monotonic

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoRedisError

from storage.queues import Queue
from tests.cli.conftest import Run
from workers.celery_conf import queue_name

QUEUE = queue_name(Queue.LIVE)

REDIS = os.environ.get("THROUGHLINE_TEST_REDIS", "redis://127.0.0.1:6379") + "/8"
LINE = (
    '{"source": "desk", "source_id": "1", "channel": "chat", "started_at": "2026-03-01T10:00:00Z",'
    ' "turns": [{"role": "customer", "text": "where is my parcel"}]}'
)


@pytest.mark.services
def test_an_import_wakes_the_workers_behind_the_broker(throughline: Run, tmp_path: Path) -> None:
    with Redis.from_url(REDIS) as redis:
        try:
            redis.delete(QUEUE)
        except NoRedisError:
            pytest.skip("no redis to talk to (THROUGHLINE_TEST_REDIS)")
        (tmp_path / "talk.jsonl").write_text(LINE)
        assert throughline("db", "upgrade").returncode == 0
        done = throughline("ingest", str(tmp_path / "talk.jsonl"), THROUGHLINE_BROKER_URL=REDIS)
        assert (done.returncode, done.stderr) == (0, "")
        assert redis.llen(QUEUE) >= 1
        redis.delete(QUEUE)


def test_an_import_does_not_need_the_broker_to_answer(throughline: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.jsonl").write_text(LINE)
    assert throughline("db", "upgrade").returncode == 0
    begun = monotonic()
    done = throughline(
        "ingest", str(tmp_path / "talk.jsonl"), THROUGHLINE_BROKER_URL="redis://127.0.0.1:1"
    )
    assert done.returncode == 0, done.stderr
    assert "broker does not answer" in done.stderr
    assert monotonic() - begun < 60
