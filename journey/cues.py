"""Words by which people say that this is the old matter or a new one, and what was done."""

import re
from functools import cache
from pathlib import Path

import yaml

from domain.conversation import Channel

_FILE = Path(__file__).with_name("cues.yaml")


def follow_up_cues(text: str) -> tuple[re.Match[str], ...]:
    """Find the words that point back to an earlier contact."""
    return tuple(_patterns()["follow_up"].finditer(text))


def goes_on_cues(text: str) -> tuple[re.Match[str], ...]:
    """Find the words by which a matter is one that goes on."""
    return tuple(_patterns()["goes_on"].finditer(text))


def new_matter_cues(text: str) -> tuple[re.Match[str], ...]:
    """Find the words that set this contact apart from earlier ones."""
    return tuple(_patterns()["new_matter"].finditer(text))


def channels_spoken_of(text: str) -> frozenset[Channel]:
    """Find the channels that a text speaks of, as in ``I was on your chat``."""
    patterns = _patterns()
    return frozenset(c for c in Channel if patterns[f"channel_{c}"].search(text))


def tells_deed(text: str) -> bool:
    """Tell whether an agent says that something was done: ``we sent``, ``has been credited``."""
    return _patterns()["deed"].search(text) is not None


def tells_attempt(text: str) -> bool:
    """Tell whether the customer says what they tried themselves: ``I've restarted it``."""
    return _patterns()["attempt"].search(text) is not None


def announces(text: str) -> bool:
    """Tell whether a sentence only says what comes next: ``I'll have a look``."""
    return _patterns()["announcement"].search(text) is not None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    groups = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        name: re.compile(
            r"\b(?:" + "|".join(p for row in languages.values() for p in row) + r")\b",
            re.IGNORECASE,
        )
        for name, languages in groups.items()
    }
