"""A tagged text as people read it: its labels, and the words behind each."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

from rich.table import Table
from rich.text import Text

from cli.console import output, problems
from cli.lines import read_lines
from domain.conversation import Conversation
from domain.explanation import Explanation, WordEvidence
from domain.redaction import Redaction, redacted
from domain.signal import Signal, SubjectKind
from nlp.tagger import Tagger

_SHOWN = SubjectKind.TURN
_SURE = 0.3
"""Share from which a phrase is set off strongly."""


def show_lines(source: BinaryIO, tagger: Tagger, talk_of: Callable[[str], Conversation]) -> None:
    """Print each ``{"id", "text"}`` line with its labels, redacted."""
    for line in read_lines(source):
        if line.error is not None:
            problems.print(f"{line.id}: {line.error}", markup=False)
            continue
        talk = talk_of(line.text)
        (tagged,) = tagger.tag([talk])
        explanation = tagger.explain(talk, tagged.signals)
        output.print(Text(str(line.id), style="dim"))
        output.print(_table(line.text, tagged.signals, tagged.redactions[0], explanation))


def _table(
    text: str, signals: Sequence[Signal], hidden: Sequence[Redaction], explanation: Explanation
) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for signal in signals:
        words = explanation.words.get(signal.id, ())
        if signal.subject_kind is not _SHOWN or not words:
            continue
        name = f"{signal.label} ?" if signal.abstained else signal.label
        sure = "" if signal.probability is None else f"{signal.probability:.2f}"
        table.add_row(Text(signal.kind, style="dim"), name, sure, _marked(text, hidden, words))
    return table


def _marked(text: str, hidden: Sequence[Redaction], words: Sequence[WordEvidence]) -> Text:
    marked, position = Text(), 0
    for word in words:
        marked.append(redacted(text, hidden, position, word.start))
        style = "bold yellow" if word.score >= _SURE else "yellow"
        marked.append(f"[{redacted(text, hidden, word.start, word.end)} {word.score:.2f}]", style)
        position = word.end
    marked.append(redacted(text, hidden, position))
    return marked
