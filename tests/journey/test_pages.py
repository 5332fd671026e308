"""All pages of this folder have one head and one style, and say what they draw."""

from pathlib import Path

import pytest

import journey
from journey.mining.lists import move_list, path_list
from journey.mining.mine import Move, Variant
from journey.mining.paths import END, START

FOLDER = Path(journey.__file__).parent
TEMPLATES = sorted({*FOLDER.glob("*/*.html"), *FOLDER.glob("*/*.html.j2")})
VARIANTS = (
    Variant(("ask", "reply", "close"), 60, "c1"),
    Variant(("ask", "<b>call</b>"), 39, "c2"),
    Variant(("rare",), 1, "c3"),
)
MOVES = (
    Move(START, "ask", 99, 0.99, "start"),
    Move(START, "rare", 1, 0.01, "start"),
    Move("ask", "<b>call</b>", 39, 0.39, "step"),
    Move("ask", "reply", 60, 0.61, "step"),
    Move("reply", END, 60, 1.0, "end"),
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_head_and_shared_style_stand_in_the_base_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith('{% extends "')
    for once in ("<!doctype", "<head>", "Content-Security-Policy", "box-sizing"):
        assert once not in text


def test_what_is_drawn_is_said_in_lists_for_narrow_screens() -> None:
    ways = path_list(VARIANTS, 100)
    assert ways.count("<ul>") == ways.count("</ul>") == 3
    assert "99% ask" in ways
    assert "60% close<small>, 60% end here</small>" in ways
    assert "rare" not in ways
    assert "&lt;b&gt;call" in ways
    moves = move_list(MOVES, {"ask": 99, "reply": 60}, most=1)
    assert "<li><b>ask</b> → reply 61%, &lt;b&gt;call&lt;/b&gt; 39%</li>" in moves
    assert "reply</b>" not in moves
    assert "rare" not in moves
