"""Figures into ``docs/results.md``, one section a measure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path("docs/results.md")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_section(title: str, command: str, data: str, body: str, path: Path = RESULTS) -> str:
    """Put a section in the place of the one with its title, or at the end.

    Parameters
    ----------
    title : str
        Of the section, without ``##``.
    command : str
        That gives the figures.
    data : str
        What was measured on, and how many.
    body : str
        Markdown.
    path : Path
        The file.

    Returns
    -------
    str
        The section as it was written.
    """
    day = datetime.now(UTC).date().isoformat()
    section = f"## {title}\n\n`{command}`, {day}. {data}\n\n{body.strip()}\n"
    text = path.read_text(encoding="utf-8") if path.exists() else "# Results\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: section + "\n", text)
    else:
        text = text.rstrip("\n") + "\n\n" + section
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return section
