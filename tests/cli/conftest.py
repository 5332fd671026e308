"""The command line as people run it: a process of its own, with its own database."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def throughline(tmp_path: Path) -> Run:
    """Run ``throughline`` on a fresh database; models come from the usual place."""
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
