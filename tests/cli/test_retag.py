"""``throughline retag``: look at what a new version says, then apply it or leave it."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from cli.retag import app
from cli.retag_report import write_page
from domain.base import now
from domain.conversation import Channel, Conversation, Role, Turn
from domain.difference import Tally, What
from domain.retag import Retag, RetagState, Selection
from domain.signal import SignalKind, SubjectKind
from storage import conversations, retag, signals
from storage.database import Database
from workers.pipeline import Pipeline, drain

TINY = Path(__file__).parents[1] / "workers" / "tiny_tagger.py"
NEWER = """
from dataclasses import replace
from tiny_tagger import TinyTagger

class Newer(TinyTagger):
    def tag(self, batch, *, needs=True):
        return [replace(one, signals=tuple(s.model_copy(update={"label": f"new_{s.label}"})
                for s in one.signals)) for one in super().tag(batch)]

def load(settings, database):
    return Newer("tiny@2")
"""


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny_tagger", TINY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "tiny_tagger", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: ModuleType) -> Database:
    """Give a database that an older version has read, and name the newer one to the command."""
    (tmp_path / "newer_tagger.py").write_text(NEWER)
    monkeypatch.syspath_prepend(str(tmp_path))
    url = f"sqlite:///{tmp_path / 'test.db'}"
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", url)
    monkeypatch.setenv("THROUGHLINE_TAGGER", "newer_tagger:load")
    database = Database(url)
    database.upgrade()
    records = [record(str(n)) for n in range(3)]
    database.run(lambda session: conversations.save_many(session, records, now()))
    drain(Pipeline(database, tiny.TinyTagger()))
    return database


def record(name: str) -> Conversation:
    turn = Turn(role=Role.CUSTOMER, text="my refund")
    return Conversation(
        source="shop", source_id=name, channel=Channel.CHAT, started_at=now(), turns=(turn,)
    )


def call(*arguments: str, given: str = "") -> str:
    result = CliRunner().invoke(app, arguments, input=given, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def label(database: Database) -> str:
    id_ = record("0").id
    with database.reading() as session:
        [signal] = signals.effective(session, [id_])[id_]
    return signal.label


def test_a_dry_run_tells_and_keeps_and_writes_a_page(stored: Database, tmp_path: Path) -> None:
    told = call("--dry-run", "--html", str(tmp_path / "d.html"))
    assert "refund → new refund" in told
    assert "3 of 3 conversations read again" in told
    page = (tmp_path / "d.html").read_text()
    assert "refund → new refund" in page
    assert "<script" not in page
    # A way in which nothing differs has no column; on a phone each number says its head.
    assert ">removed<" not in page
    assert page.count("<td") == page.count("data-head=") > 0
    assert re.search(r"<code>throughline retag rtg_\w+</code> asks, then applies", page)
    assert label(stored) == "refund"
    assert "nothing was changed" in call(given="n\n")
    assert "applied: 3" in call(given="y\n")
    assert label(stored) == "new_refund"
    assert "all is read with version tiny@2 already" in call()


def test_what_stays_is_said_in_one_sentence_below_what_changes(tmp_path: Path) -> None:
    about = {"subject_kind": SubjectKind.TURN, "examples": ("cnv_1",)}
    tallies = [
        Tally(
            kind=SignalKind.ACT, what=What.SAME, before="thanks", after="thanks", count=7, **about
        ),
        Tally(kind=SignalKind.INTENT, what=What.UNSURE, before="a", after="a", count=2, **about),
    ]
    run = Retag(
        id="rtg_1", state=RetagState.APPLIED, tagger="tiny@2", selection=Selection(), by="cli",
        created_at=now(), changed_at=now(), total=9, read=9, failed=0, applied=9,
    )  # fmt: skip
    write_page(tmp_path / "page.html", run, tallies)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "The same as before: act, turn (7)." in page
    assert page.count('<th scope="row">') == 2  # the kind that differs, and the label
    assert 'data-head="now unsure">2<' in page
    assert "Nothing has changed yet" not in page


def test_go_applies_at_once_and_cancel_leaves_all(stored: Database) -> None:
    call("--dry-run")
    call("--cancel")
    with stored.reading() as session:
        [run] = retag.latest(session)
    assert run.state is RetagState.CANCELLED
    assert label(stored) == "refund"
    assert "applied: 3" in call("--go")
    assert label(stored) == "new_refund"


def test_a_selection_and_what_is_not_there(stored: Database) -> None:
    assert "all is read" in call("--channel", "email")
    assert "all is read" in call("--until", "2020-01-01")
    refused = CliRunner().invoke(app, ["rtg_none"])
    assert refused.exit_code == 2
