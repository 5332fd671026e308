"""The page for operators names every setting, with the default that counts."""

import re

import pytest

from nlp.parts import WEIGHTS
from settings import Settings
from tests.deploy.conftest import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `THROUGHLINE_([A-Z_]+)` \| (?:`([^`]+)`|unset) \| [^|]+ \|$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"THROUGHLINE_{name.upper()}", raising=False)


def told() -> dict[str, str | None]:
    return {name.lower(): default or None for name, default in ROW.findall(PAGE)}


def test_every_setting_is_named_in_the_order_of_the_code() -> None:
    assert list(told()) == list(Settings.model_fields)


def test_the_defaults_are_those_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Settings(_env_file=None)
    for name, default in told().items():
        if default is None:
            assert getattr(plain, name) in (None, {}, WEIGHTS)
        else:
            assert getattr(plain, name) is not None
            monkeypatch.setenv(f"THROUGHLINE_{name.upper()}", default)
    assert Settings(_env_file=None) == plain
