"""The rules and the dashboard speak of what is really measured, in a language Prometheus reads."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import psutil
import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from api.telemetry import Telemetry
from settings import Settings
from workers.celery_conf import configuration
from workers.processes import Processes

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
NAME = re.compile(r"\b(?:throughline|process)_\w+")
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    board = json.loads((DEPLOY / "dashboard.json").read_text())
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def measured() -> set[str]:
    """Name all that API and workers tell."""
    workers = CollectorRegistry()
    workers.register(Processes(psutil.Process(), 1_500))
    telemetry = Telemetry()
    families = list(workers.collect())
    families += text_string_to_metric_families(telemetry.render().decode())
    ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    # The parser takes the time at which a counter began for a measurement.
    families = [one for one in families if not one.name.endswith("_created")]
    return {one.name + end for one in families for end in ends.get(one.type, ("",))}


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_expressions_parse_and_name_what_is_measured(expression: str) -> None:
    promql_parser.parse(expression)
    assert set(NAME.findall(expression)) <= measured()


def test_a_worker_near_its_own_ceiling_is_told_of_whatever_the_ceiling_is() -> None:
    (rule,) = [rule for rule in rules() if rule["alert"] == "ThroughlineWorkerMemory"]
    assert "throughline_worker_memory_ceiling_bytes" in rule["expr"]
    workers = Processes(psutil.Process(), 1_500)
    values = {family.name: family.samples[0].value for family in workers.collect()}
    # The unit that the pool of processes counts in.
    broker = SecretStr("redis://127.0.0.1:1")
    limit = configuration(Settings(_env_file=None, broker_url=broker, worker_memory_mb=1_500))
    ceiling = values["throughline_worker_memory_ceiling_bytes"]
    assert limit["worker_max_memory_per_child"] == ceiling / 1024


def test_every_alert_says_how_long_how_bad_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["for"]
        assert rule["labels"]["severity"] in ("page", "warn")
        assert rule["annotations"]["summary"]
        assert f"**{rule['alert']}**" in PAGE


def test_every_measurement_is_described() -> None:
    ours = {name for name in measured() if name.startswith("throughline_")}
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name in ours}
    assert sorted(name for name in told if f"`{name}`" not in PAGE) == []


def test_prometheus_reads_the_rules_and_asks_api_and_workers() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    assert [(DEPLOY / name).is_file() for name in config["rule_files"]] == [True]
    jobs = {job["job_name"] for job in config["scrape_configs"]}
    assert jobs == {"throughline-api", "throughline-worker"}
