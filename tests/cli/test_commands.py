"""What people type, and what they get back."""

import json
from pathlib import Path

import pyarrow.parquet as parquet

from tests.cli.conftest import ROOT, Run

TUNING = ROOT / "samples" / "exports" / "tuning"
TEXTS = [
    '{"id": "1", "text": "I was charged twice for order HP-1234567, this is unacceptable!"}',
    '{"id": "2", "text": ""}',
    '{"id": "3"}',
    '{"id": 4, "text": "Thank you so much, that was quick and very kind of you."}',
]


def test_help_lists_every_command_without_loading_any(throughline: Run) -> None:
    shown = throughline("--help")
    assert shown.returncode == 0
    for command in ("demo", "ingest", "tag", "intents", "journeys", "context", "serve", "worker"):
        assert command in shown.stdout


def test_tag_answers_each_line_and_says_by_its_exit_code_that_one_was_bad(
    throughline: Run, tmp_path: Path
) -> None:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(TEXTS))
    done = throughline("tag", str(source), "--output", str(sink))
    assert done.returncode == 3, done.stderr
    answers = [json.loads(line) for line in sink.read_text().splitlines()]
    assert [answer["id"] for answer in answers] == ["1", "2", "3", 4]
    assert "error" in answers[2]
    moods = [_mood(answer["signals"]) for answer in answers if "signals" in answer]
    assert [mood["label"] for mood in moods] == ["negative", "neutral", "positive"]
    assert [mood["abstained"] for mood in moods] == [False, True, False]


def _mood(signals: list[dict[str, object]]) -> dict[str, object]:
    (mood,) = [
        s for s in signals if s["kind"] == "sentiment" and s["subject_kind"] == "conversation"
    ]
    return mood


def test_tag_shows_all_signals_with_models_and_reasons(throughline: Run) -> None:
    texts = ("Nobody answers, order 7712034.", "My flight leaves at noon and I have no ticket.")
    given = "".join(f"{json.dumps({'id': n, 'text': text})}\n" for n, text in enumerate(texts))
    done = throughline("tag", "-", "--show", given=given, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[1] == ["kind", "label", "sure", "value", "abstained", "words"]
    assert {"entity", "effort", "urgency", "resolution", "satisfaction", "intent"} <= {
        line[0] for line in lines if line
    }
    assert any("?" in line and "probability" in line for line in lines)
    models = " ".join(line for line in done.stdout.splitlines() if line.startswith("models: "))
    assert "rules@" in models
    assert "cue-heads@" in models
    assert "7712034" not in done.stdout


def test_tag_reads_standard_input_and_writes_standard_output(throughline: Run) -> None:
    done = throughline("tag", "-", given=TEXTS[0] + "\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "1"


def test_ingest_reports_rejects_and_exits_with_three_but_keeps_the_good(
    throughline: Run, tmp_path: Path
) -> None:
    good = {
        "source": "desk",
        "source_id": "1",
        "channel": "chat",
        "started_at": "2026-03-01T10:00:00Z",
        "turns": [{"role": "customer", "text": "where is my parcel"}],
    }
    file = tmp_path / "talks.jsonl"
    file.write_text(json.dumps(good) + "\n" + json.dumps(good | {"channel": "pigeon"}) + "\n")
    done = throughline("ingest", str(file))
    assert done.returncode == 3
    assert "channel" in done.stderr
    assert "talks.jsonl:2" in done.stderr
    told = throughline("journeys", "desk:1")
    assert told.returncode == 0, told.stderr
    assert "where is my parcel" in told.stdout


def test_the_main_job_runs_twice_and_the_second_time_changes_nothing(
    throughline: Run, tmp_path: Path
) -> None:
    first = throughline("ingest", str(TUNING), "--json")
    assert first.returncode == 0, first.stderr
    report = json.loads(first.stdout)
    assert report["conversations"] == report["kept"] + report["duplicate"] - report["events"]
    again = json.loads(throughline("ingest", str(TUNING), "--json").stdout)
    assert (again["kept"], again["updated"]) == (0, 0)
    out = tmp_path / "out"
    assert throughline("export", str(out), "--format", "parquet").returncode == 0
    assert parquet.read_table(out / "conversations.parquet").num_rows == 75


def test_mistakes_say_what_to_do(throughline: Run) -> None:
    assert "needs a broker" in throughline("worker").stderr
    assert "no file or folder" in throughline("ingest", "nowhere").stderr
    assert "THROUGHLINE_THREADS" in throughline("work", THROUGHLINE_THREADS="many").stderr
    assert "no journey" in throughline("journeys", "zendesk:0").stderr
