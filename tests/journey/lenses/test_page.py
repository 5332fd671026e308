"""The page of lenses: each says what it is for, and each row opens to the journeys it counts."""

import re
import shlex
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.base import now
from domain.conversation import Channel
from journey.lenses.chain import tell_chain
from journey.lenses.draw import drawing
from journey.lenses.lens import NAMES, behind, look
from journey.lenses.page import Looking, render
from journey.lenses.walk import Looked
from journey.lenses.words import had
from journey.mart import Wanted
from journey.mining.load import embedded
from tests.journey.lenses.test_lenses import prepared

ODD = "a $(reboot) > it's"
OPENED = re.compile(r"all: <code>(.*?)</code><br>over HTTP: <code>(.*?)</code>")


@pytest.fixture(scope="module")
def seen() -> Looked:
    with embedded() as connection:
        yield prepared(connection)


@pytest.fixture(scope="module")
def page(seen: Looked) -> str:
    told = [look(name, seen) for name in NAMES]
    return render(told, tell_chain(seen), drawing(seen), now())


def test_every_part_says_what_decision_it_is_for(page: str) -> None:
    parts = page.split("<h2 ")[1:]
    assert len(parts) == len(NAMES) + 3
    assert all('<p class="decide">For deciding: ' in part for part in parts)


def test_every_row_names_how_to_open_it(page: str, seen: Looked) -> None:
    rows = [(name, row) for name in NAMES for row in look(name, seen).rows[:15]]
    opened = [(unescape(a), unescape(b)) for a, b in OPENED.findall(page)]
    for (name, row), (command, address) in zip(rows, opened, strict=False):
        assert shlex.split(command) == ["throughline", "lenses", name, "--open", row.key]
        assert urlsplit(address).path == f"/v1/lenses/{name}/journeys"
        (key,) = parse_qs(urlsplit(address).query)["key"]
        assert len(behind(name, seen, key)) == row.journeys
    assert len(opened) >= len(rows)


def test_what_was_left_out_is_said_and_left_out_of_what_opens() -> None:
    since = datetime(2026, 3, 1, tzinfo=UTC)
    looking = Looking(Wanted(since=since, channel=Channel.CHAT, brand="a & b"), "refund_request")
    assert looking.words == (
        " with the need refund request, of a & b, that touched chat, opened from 2026-03-01 on"
    )
    words = shlex.split(looking.command("paths", ODD))
    assert words[-2:] == ["--open", ODD]
    assert dict(zip(words[3:-2:2], words[4:-2:2], strict=True)) == {
        "--since": "2026-03-01", "--brand": "a & b", "--channel": "chat",
        "--need": "refund_request",
    }  # fmt: skip
    assert parse_qs(urlsplit(looking.address("paths", ODD)).query) == {
        "key": [ODD], "since": ["2026-03-01T00:00:00Z"], "brand": ["a & b"],
        "channel": ["chat"], "need": ["refund_request"],
    }  # fmt: skip


def test_a_time_of_day_is_kept_in_all_that_opens() -> None:
    since = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    looking = Looking(Wanted(since=since, until=datetime(2026, 4, 1, tzinfo=UTC)))
    assert looking.words == " opened from 2026-03-01 09:30:00 on, opened before 2026-04-01"
    assert looking.command("paths", "k") == (
        "throughline lenses paths --since 2026-03-01T09:30:00 --until 2026-04-01 --open k"
    )
    assert looking.address("paths", "k") == (
        "/v1/lenses/paths/journeys?key=k&since=2026-03-01T09%3A30%3A00Z"
        "&until=2026-04-01T00%3A00%3A00Z"
    )


def test_further_rows_are_printed_by_the_same_filters(seen: Looked) -> None:
    looking = Looking(Wanted(brand="a & b"))
    told = look("variants", seen)
    many = told.model_copy(update={"rows": told.rows[:1] * 20})
    page = unescape(render([many], None, None, now(), looking))
    assert "5 further rows: <code>throughline lenses variants --brand 'a & b' --limit 20" in page
    assert looking.longer("paths", 20_000).endswith(" --limit 10000")


def test_tables_are_blocks_on_a_phone(page: str) -> None:
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) > len(NAMES) / 2
    for table in tables:
        assert table.startswith('<table class="stack">')
        body = table.split("<tbody>")[1]
        # The last cell of a row, which opens it, needs no head.
        assert body.count("<td") == body.count("data-head=") > 0


def test_the_step_most_journeys_are_lost_at_comes_first(seen: Looked) -> None:
    hits = [row.hits for row in look("drop_offs", seen).rows]
    assert hits == sorted(hits, reverse=True)


@pytest.mark.parametrize(
    ("step", "there", "lacking"),
    [
        ("handover:escalation", "handed to a higher level", "never handed to a higher level"),
        ("contact:email", "wrote an email", "no email"),
        ("card_blocked", "“card blocked” happened", "“card blocked” never happened"),
    ],
)
def test_what_journeys_have_or_lack_is_said_as_people_say_it(
    step: str, there: str, lacking: str
) -> None:
    assert had(step) == (there, lacking)
