"""A mistake in the source is told with its file and key."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from samples.source_format import SourceError, SourceTurn, load_file, load_split

Put = Callable[..., Path]
GOOD = """
business: harbor_pine
customers:
  - key: hp-t90
    name: Ada Test
    identifiers: ["email:ada@test.example"]
    issues:
      - {key: hp-t90-i1, need: how_to, about: x, resolved: true, reopened: false,
         escalated: false, abandoned: false, satisfied: null}
    contacts:
      - key: hp-t90-c1
        issue: hp-t90-i1
        needs: [how_to]
        sentiment: neutral
        format: csv
        channel: email
        at: 2026-03-02T09:14:00Z
        shows: ["email:ada@test.example"]
        status: [[0m, new]]
        turns: [{who: customer, at: 1d2h3m4s, text: hello}]
"""


@pytest.fixture
def source(tmp_path: Path) -> Put:
    def put(text: str, name: str = "harbor_pine.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put


def test_offsets_are_days_hours_minutes_and_seconds(source: Put) -> None:
    turn = load_file(source(GOOD)).customers[0].contacts[0].turns[0]
    assert turn.at == timedelta(days=1, hours=2, minutes=3, seconds=4)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("at: 1d2h3m4s", "at: soon", "hp-t90-c1"),
        ("sentiment: neutral", "sentiment: cross", "hp-t90-c1"),
        ("who: customer", "who: nobody", "hp-t90-c1"),
        ("issue: hp-t90-i1\n", "issue: hp-t90-i7\n", "hp-t90"),
        ("shows: [", 'shows: ["ada", ', "hp-t90-c1"),
        ("at: 2026-03-02T09:14:00Z", "at: 2026-06-29T22:14:00Z", "after the export was taken"),
    ],
)
def test_errors_name_file_and_key(source: Put, good: str, bad: str, said: str) -> None:
    assert good in GOOD
    with pytest.raises(SourceError, match=said) as caught:
        load_file(source(GOOD.replace(good, bad)))
    assert "harbor_pine.yaml" in str(caught.value)


def test_a_file_that_is_not_yaml_is_named(source: Put) -> None:
    with pytest.raises(SourceError, match=r"harbor_pine\.yaml: not YAML"):
        load_file(source("business: ["))


def test_a_key_stands_once(source: Put, tmp_path: Path) -> None:
    source(GOOD)
    source(GOOD, "other.yaml")
    with pytest.raises(SourceError, match="hp-t90 stands twice"):
        load_split(tmp_path)


def test_an_agents_name_stands_after_the_colon() -> None:
    turn = SourceTurn.model_validate({"who": "agent:Dana", "at": "5s", "text": "hi"})
    assert (turn.role, turn.name) == ("agent", "Dana")
