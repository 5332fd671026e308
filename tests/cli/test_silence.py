"""What nobody settled has ended after the silence that the settings say, not another."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from cli import foretell, types
from tests.silences import silences_asked_for


@pytest.mark.parametrize("app", [foretell.app, types.app], ids=["foretell", "types"])
def test_learning_goes_by_the_silence_that_is_set(
    app: Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silences = silences_asked_for(monkeypatch)
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", f"sqlite:///{tmp_path / 'test.db'}")
    monkeypatch.setenv("THROUGHLINE_MART_DIR", str(tmp_path / "mart"))
    monkeypatch.setenv("THROUGHLINE_SILENCE_HOURS", "5")
    CliRunner().invoke(app, ["--fit"])
    assert silences == [timedelta(hours=5)]
