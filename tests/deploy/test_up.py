"""Containers and ``throughline up`` start the same set, and the set does its work."""

import os
import re
import shlex
import signal
from typing import Any

import psutil
import pytest
import yaml

from cli.up import _lines, plan
from tests.deploy.conftest import ROOT, Deployment, until

OTHERS = {"postgres", "rabbitmq", "migrate"}
"""Services of others, and what ``up`` does itself before it starts the set."""
ADDRESSES = ("--port", "--metrics-port", "--host")
SECRET = "xylophone-4711"


def plain(command: list[str]) -> list[str]:
    """Leave out where a process listens: that differs by nature."""
    kept = []
    words = iter(command)
    for word in words:
        if word in ADDRESSES:
            next(words)
        else:
            kept.append(word)
    return kept


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return document


def test_containers_and_procfile_name_the_same_processes() -> None:
    image = next(
        line.removeprefix("CMD ")
        for line in reversed((ROOT / "Dockerfile").read_text().splitlines())
        if line.startswith("CMD ")
    )
    contained = {
        name: plain(service.get("command") or yaml.safe_load(image))
        for name, service in compose()["services"].items()
        if name not in OTHERS
    }
    listed = {name: plain(shlex.split(c)) for name, c in _lines(ROOT / "Procfile").items()}
    assert contained == listed


def test_containers_upgrade_the_database_before_anything_else_starts() -> None:
    services = compose()["services"]
    assert services["migrate"]["command"] == ["throughline", "db", "upgrade"]
    for name in services.keys() - OTHERS - {"beat"}:
        waits = services[name]["depends_on"]["migrate"]
        assert waits == {"condition": "service_completed_successfully"}


def test_a_process_reaches_its_own_memory_ceiling_before_its_container_is_killed() -> None:
    services = compose()["services"]
    for name in ("api", "worker", "themes"):
        environment = services[name]["environment"]
        assert services[name]["mem_limit"] == "2g"
        for ceiling in ("THROUGHLINE_WORKER_MEMORY_MB", "THROUGHLINE_API_MEMORY_MB"):
            # The rest is for the parent of a worker's process and for /tmp.
            assert int(environment[ceiling]) * 2**20 < 0.75 * 2 * 2**30


def test_each_process_has_a_port_of_its_own() -> None:
    made = plan({"api": "a", "worker": "b"}, 8000, {"worker": 2})
    assert [(one.name, one.port) for one in made] == [
        ("api.1", 8000),
        ("worker.1", 8100),
        ("worker.2", 8101),
    ]


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.timeout(900)
def test_the_set_starts_tags_and_outlives_the_death_of_a_worker(deployment: Deployment) -> None:
    deployment.ready()
    deployment.tagged("1", f"where is my parcel {SECRET}")
    measured = until(
        lambda: deployment.measured(1),
        lambda text: 'throughline_work_done_total{kind="tag"} 1.0' in text,
    )
    assert "throughline_worker_processes 1.0" in measured
    assert "throughline_worker_memory_bytes" in deployment.measured(2)
    assert 'throughline_workers{role="tag"} 1.0' in deployment.http.get("/metrics").text
    # What fails is told without its words, also by Celery.
    deployment.hand_in("poison", f"poison {SECRET}")
    until(deployment.said, lambda said: "RuntimeError, now pending" in said)
    (pid,) = re.findall(r"worker\.1 +\| started, process (\d+)", deployment.said())
    os.kill(int(pid), signal.SIGKILL)
    deployment.tagged("2", f"where is my refund {SECRET}")
    assert "ended with -9" in deployment.said()
    children = psutil.Process(deployment.process.pid).children(recursive=True)
    assert deployment.stop() == 0
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert SECRET not in deployment.said()
    assert "a secret of the customer" not in deployment.said()
