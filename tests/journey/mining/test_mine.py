"""``throughline mine`` gives what scripts rely on and a page that opens anywhere."""

import csv
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from journey.mining.load import embedded, load
from journey.mining.log import Keys
from journey.mining.mine import read_moves
from journey.mining.page import duration, percent
from journey.mining.paths import activities, variants
from journey.mining.sequences import sequences

PLAIN = """case:concept:name,concept:name,time:timestamp
1,ask,2026-03-01T09:00:00+01:00
2,ask,2026-03-01T08:30:00Z
1,<b>answer</b>,2026-03-01T09:00:00+01:00
2,close,2026-03-01T09:30:00Z
1,close,2026-03-01 08:05:00
"""


def mine(folder: Path, text: str, *more: str, name: str = "log.csv") -> tuple[int, str]:
    (folder / name).write_text(text, encoding="utf-8")
    arguments = ["mine", str(folder / name), "--output", str(folder / "out"), *more]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_are_as_scripts_expect_them(tmp_path: Path) -> None:
    code, told = mine(tmp_path, PLAIN)
    assert code == 0
    assert "1 times name no time zone" in told
    follows = table(tmp_path / "out" / "dfg.csv")
    assert {(r["source"], r["target"]): (int(r["count"]), r["kind"]) for r in follows} == {
        ("ask", "<b>answer</b>"): (1, "step"),
        ("<b>answer</b>", "close"): (1, "step"),
        ("ask", "close"): (1, "step"),
        ("(start)", "ask"): (2, "start"),
        ("close", "(end)"): (2, "end"),
    }
    chances = table(tmp_path / "out" / "transitions.csv")
    assert list(chances[0]) == ["source", "target", "probability", "kind"]
    for source in {row["source"] for row in chances}:
        assert sum(float(r["probability"]) for r in chances if r["source"] == source) == 1.0
    assert table(tmp_path / "out" / "variants.csv") == [
        {"variant": "ask > <b>answer</b> > close", "count": "1", "share": "0.5"},
        {"variant": "ask > close", "count": "1", "share": "0.5"},
    ]


def test_the_page_needs_nothing_from_outside_and_trusts_no_name(tmp_path: Path) -> None:
    mine(tmp_path, PLAIN)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"(src|href|url)\s*[=(]", page)
    assert "<b>answer</b>" not in page
    assert page.count("<svg") == page.count("</svg>") == 2


def test_other_columns_can_be_named(tmp_path: Path) -> None:
    text = "who;what;how;when\nA;ask;web;2026-01-01T00:00:00Z\n"
    names = ("--case", "who", "--activity", "what+how", "--time", "when")
    assert mine(tmp_path, text, *names)[0] == 0
    assert table(tmp_path / "out" / "variants.csv")[0]["variant"] == "ask+web"


def test_broken_rows_are_named_and_the_others_are_mined(tmp_path: Path) -> None:
    code, told = mine(tmp_path, PLAIN + "3,ask,soon\n,ask,2026-01-01\n4,,2026-01-01\n5,ask\n")
    assert code == 3
    assert "4 events could not be used" in told
    assert "line 10" in told
    assert "soon" not in told
    assert len(table(tmp_path / "out" / "variants.csv")) == 2


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("log.docx", "x", "expected .xes"),
        ("log.parquet", "x", "no Parquet"),
        ("log.csv", "a,b\n1,2\n", "has no column 'case:concept:name'; it has: a, b"),
        ("log.csv", "case,activity,time\n", "no event could be used"),
        ("log.xes", "<log></log>", "no event could be used"),
    ],
)
def test_what_cannot_be_mined_is_told_with_the_reason(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    code, told = mine(tmp_path, text, name=name)
    assert code == 2
    assert why in told.replace("\n", " ")


def test_numbers_read_as_people_write_them() -> None:
    assert [percent(x) for x in (0, 0.0001, 0.034, 0.56)] == ["0%", "< 0.1%", "3.4%", "56%"]
    assert [duration(x) for x in (5, 90, 5400, 450_000)] == ["5 s", "1.5 min", "1.5 h", "5.2 days"]


def test_a_parquet_file_gives_the_same_as_the_csv(tmp_path: Path) -> None:
    csv_file, parquet = tmp_path / "log.csv", tmp_path / "log.parquet"
    csv_file.write_text(
        "case_id,activity,timestamp\na,ask,2026-03-02T09:00:00Z\n,ask,2026-03-02T09:00:00Z\n"
        "a,reply,2026-03-02T09:05:00Z\nb,ask,2026-03-02T10:00:00Z\n",
        encoding="utf-8",
    )
    with embedded(threads=1) as connection:
        held = connection.read_csv(csv_file)
        connection.to_parquet(held, parquet)
        found = []
        for path in (csv_file, parquet):
            events, quality = load(connection, path, Keys())
            names = activities(events)
            rows = read_moves(variants(sequences(events, names, lambda _, t: t)), names)
            found.append((rows, quality.events, quality.broken))
    assert found[0] == found[1]
    assert found[0][1:] == (3, 1)
