"""Texts in, answers out: same order, bad lines in their place, exit code 3."""

import io
from collections.abc import Sequence

import orjson
from hypothesis import given
from hypothesis import strategies as st

from cli.lines import Answer, answer_lines, read_lines


def shout(texts: Sequence[str]) -> list[Answer]:
    return [{"said": text.upper()} for text in texts]


def run(lines: Sequence[bytes]) -> tuple[int, list[dict[str, object]]]:
    sink = io.BytesIO()
    unreadable = answer_lines(io.BytesIO(b"\n".join(lines)), sink, shout, lambda _: None)
    return unreadable, [orjson.loads(line) for line in sink.getvalue().splitlines()]


def test_answers_stand_in_the_order_of_the_texts() -> None:
    lines = [orjson.dumps({"id": n, "text": f"t{n}"}) for n in range(600)]
    unreadable, answers = run(lines)
    assert unreadable == 0
    assert answers == [{"id": n, "said": f"T{n}"} for n in range(600)]


def test_a_bad_line_is_answered_in_its_place_and_the_others_are_done() -> None:
    unreadable, answers = run(
        [
            b'{"id": "a", "text": "x"}',
            b'{"id": "b", "text": ',
            b'["c"]',
            b'{"id": "d"}',
            b'{"text": "e"}',
            b'{"id": "f", "text": "\xff"}',
            b'{"id": "g", "text": "y"}',
        ]
    )
    assert unreadable == 5
    assert [answer["id"] for answer in answers] == ["a", None, None, "d", None, None, "g"]
    assert [("said" in answer) for answer in answers] == [True, *[False] * 5, True]
    assert answers[3]["error"] == "text: missing, or not a string"


def test_an_error_never_repeats_the_text() -> None:
    (line,) = read_lines(io.BytesIO(b'{"id": 1, "text": "my secret is'))
    assert "secret" not in (line.error or "")


@given(st.lists(st.binary(max_size=40)))
def test_any_bytes_give_one_answer_a_line(lines: list[bytes]) -> None:
    given_lines = [line for line in b"\n".join(lines).split(b"\n") if line.strip()]
    unreadable, answers = run(lines)
    assert len(answers) == len(given_lines)
    assert unreadable == sum("error" in answer for answer in answers)
