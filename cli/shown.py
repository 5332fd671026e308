"""A tagged text as people read it: its labels, how sure they are, and the words behind each."""

from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO

from rich.table import Table
from rich.text import Text

from cli.console import output, problems
from cli.lines import read_lines
from domain.conversation import Conversation
from domain.explanation import Explanation, WordEvidence
from domain.redaction import Redaction, redacted
from domain.signal import Signal, SignalKind, SubjectKind
from nlp.tagger import Tagger

_OF_ALL = frozenset({SignalKind.RESOLUTION, SignalKind.SATISFACTION})
"""What is said of a conversation alone; everything else of it repeats its only turn."""
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
        shown = [s for s in tagged.signals if _tells(s)]
        output.print(Text(str(line.id), style="dim"))
        output.print(_table(line.text, shown, tagged.redactions[0], explanation))
        output.print(Text(f"models: {_models(shown)}\n", style="dim"), soft_wrap=True)


def _tells(signal: Signal) -> bool:
    return signal.subject_kind is SubjectKind.TURN or signal.kind in _OF_ALL


def _models(signals: Iterable[Signal]) -> str:
    return ", ".join(dict.fromkeys(signal.model for signal in signals))


def _table(
    text: str, signals: Sequence[Signal], hidden: Sequence[Redaction], explanation: Explanation
) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("kind", "label"):
        table.add_column(name, no_wrap=True)
    for name in ("sure", "value"):
        table.add_column(name, no_wrap=True, justify="right")
    for name in ("abstained", "words"):
        table.add_column(name, overflow="fold")
    for signal in signals:
        words = explanation.words.get(signal.id, ())
        table.add_row(
            Text(signal.kind, style="dim"),
            Text(f"{signal.label} ?" if signal.abstained else signal.label),
            _number(signal.probability),
            _number(signal.value),
            "" if signal.reason is None else signal.reason.replace("_", " "),
            _marked(text, hidden, words) if words else _quoted(text, hidden, signal),
        )
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _quoted(text: str, hidden: Sequence[Redaction], signal: Signal) -> Text:
    """Give what a signal points at where no words were weighed."""
    return Text(" … ".join(redacted(text, hidden, e.start, e.end) for e in signal.evidence))


def _marked(text: str, hidden: Sequence[Redaction], words: Sequence[WordEvidence]) -> Text:
    marked, position = Text(), 0
    for word in words:
        marked.append(redacted(text, hidden, position, word.start))
        style = "bold yellow" if word.score >= _SURE else "yellow"
        marked.append(f"[{redacted(text, hidden, word.start, word.end)} {word.score:.2f}]", style)
        position = word.end
    marked.append(redacted(text, hidden, position))
    return marked
