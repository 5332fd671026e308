"""The command line as people run it, with its own database."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.console import output
from cli.main import app

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def throughline(tmp_path: Path) -> Run:
    """Run ``throughline`` as a process on a fresh database; models come from the usual place."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env["THROUGHLINE_DATABASE_URL"] = f"sqlite:///{tmp_path / 'test.db'}"

    def run(*arguments: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=ROOT,
            env=env | settings,
            input=given,
            text=True,
            capture_output=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture
def called(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the same in this process, which saves the imports; for all that needs no process."""
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", sqlite_url)
    monkeypatch.setattr(output, "width", 80)

    def run(*arguments: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(app, arguments, input=given, env=settings)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return run
