"""``throughline tag``: texts in, signals out; no database."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import JsonValue

from cli.console import progress, reading, writing
from cli.lines import UNREADABLE, Answer, answer_lines
from cli.open import open_tagger
from cli.shown import show_lines
from domain.base import now
from domain.conversation import Channel, Conversation, Role, Turn
from domain.explanation import Explanation
from domain.signal import Signal
from nlp.tagger import Tagger
from settings import Settings

app = typer.Typer(add_completion=False)


class Grain(StrEnum):
    """How finely evidence is told."""

    SENTENCES = "sentences"
    WORDS = "words"


@app.command()
def tag(
    source: Annotated[str, typer.Argument(metavar="IN.jsonl", help="{id, text} lines; - is stdin")],
    output: Annotated[str, typer.Option(metavar="OUT.jsonl", help="- is stdout")] = "-",
    evidence: Annotated[
        Grain, typer.Option(help="What signals point at; words take more than twice as long")
    ] = Grain.SENTENCES,
    show: Annotated[bool, typer.Option("--show", help="For people, with the words marked")] = False,
) -> None:
    """Tag each text as what one customer wrote.

    Writes {"id", "signals": […]} in the same order. A line that cannot be read becomes
    {"id", "error"}; the others are tagged and the exit code is 3.

    With --show a table for each text. kind and label: what is said; a ? marks a label that is
    only the best guess. sure: its probability, empty for rules, which read it in so many words.
    value: on the kind's scale, such as sentiment from -1 to 1, effort from 0 to 1, satisfaction
    from 1 to 5. abstained: why a guess is not to be relied on. words: the text with the
    [words share] that carried the label, or the part it points at. The line below the table names
    the models with their versions. Emails, numbers and names are hidden.
    """
    tagger = open_tagger(Settings())
    if show:
        with reading(source) as lines:
            show_lines(lines, tagger, as_conversation)
        return
    with reading(source) as lines, writing(output) as sink, progress("tagging") as bar:
        unreadable = answer_lines(lines, sink, answer_with(tagger, evidence), bar.advance)
    if unreadable:
        raise typer.Exit(UNREADABLE)


def answer_with(
    tagger: Tagger, evidence: Grain = Grain.SENTENCES
) -> Callable[[Sequence[str]], list[Answer]]:
    """Make a function that gives the signals of each text."""
    in_words = evidence is Grain.WORDS

    def answer(texts: Sequence[str]) -> list[Answer]:
        talks = [as_conversation(text) for text in texts]
        return [
            _told(one.signals, tagger.explain(talk, one.signals) if in_words else None)
            for talk, one in zip(talks, tagger.tag(talks, needs=False), strict=True)
        ]

    return answer


def _told(signals: Sequence[Signal], explanation: Explanation | None) -> Answer:
    told = [_fields(signal, explanation) for signal in signals]
    if explanation is None:
        return {"signals": told}
    explained: JsonValue = explanation.model_dump(include={"words_read", "capped"})
    return {"signals": told, "explained": explained}


def _fields(signal: Signal, explanation: Explanation | None) -> JsonValue:
    skip = {"subject_id", "content_hash", "made_at"}
    fields: dict[str, JsonValue] = signal.model_dump(mode="json", exclude=skip)
    if explanation is not None and signal.id in explanation.words:
        fields["evidence"] = [word.model_dump() for word in explanation.words[signal.id]]
    return fields


def as_conversation(text: str) -> Conversation:
    """See a lone text as a conversation of one customer turn."""
    return Conversation(
        source="text",
        source_id="line",
        channel=Channel.FORM,
        started_at=now(),
        turns=(Turn(role=Role.CUSTOMER, text=text),),
    )
