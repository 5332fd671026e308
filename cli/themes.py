"""``throughline themes``: recurring reasons for contact, in texts or in the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

import numpy as np
import orjson
import typer

from cli.console import Bar, fail, progress, reading, writing
from cli.lines import BATCH, UNREADABLE, Answer, TextLine, read_lines
from cli.open import open_vectors
from cli.theme_decide import confirm, merge, move, place, rename, split, take_back
from cli.theme_report import changes, report
from cli.themes_refit import emerge, list_themes, refit, show
from domain.redaction import redacted
from domain.theme import Teller
from nlp.cut import cut_turn
from nlp.language import Languages
from nlp.redact.redact import redact_text
from nlp.vectors import Vectors
from settings import Settings
from themes.assign import Assignment, State
from themes.discover import discover as discover_themes
from themes.model import ThemeModel
from themes.page_discovery import page
from themes.sample import choose
from themes.space import Floats

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Find recurring reasons for contact"
)


app.command()(refit)
app.command()(emerge)
app.command("list")(list_themes)
app.command()(show)
app.command()(rename)
app.command()(confirm)
app.command()(place)
app.command()(merge)
app.command()(split)
app.command()(move)
app.command()(take_back)
app.command()(report)
app.command()(changes)


@app.callback()
def root() -> None:
    """Find recurring reasons for contact."""


@app.command()
def discover(
    source: Annotated[str, typer.Argument(metavar="IN.jsonl", help="{id, text} lines; - is stdin")],
    output: Annotated[str, typer.Option(metavar="OUT.jsonl", help="- is stdout")] = "-",
    report: Annotated[
        Path | None, typer.Option(metavar="REPORT.html", help="a page to read")
    ] = None,
) -> None:
    """Find themes in texts and tell each text's theme.

    Writes {"id", "theme_id", "label", "score", "state"} in the same order; state is
    assigned, near or none. The number of themes is found, not set. A line that cannot be read
    becomes {"id", "error"}; the others are done and the exit code is 3.
    """
    with reading(source) as file:
        lines = list(read_lines(file))
    with progress("reading") as bar:
        texts = [line.text for line in lines if line.error is None]
        settings = Settings()
        reader = Reader(open_vectors(settings), Languages.load(settings.languages))
        found = find(texts, reader, bar)
    with writing(output) as sink:
        _write(lines, _answers(found), sink)
    if report is not None:
        title = Path(source).name if source != "-" else "standard input"
        _save(report, page(found.model, found.shown, found.assignment, title))
    if any(line.error is not None for line in lines):
        raise typer.Exit(UNREADABLE)


@dataclass(frozen=True)
class Found:
    """A model, and what it says of N texts; ``shown`` is their redacted form."""

    model: ThemeModel
    shown: tuple[str, ...]
    assignment: Assignment


class Reader:
    """Texts as they may be shown, as vectors, and their language."""

    def __init__(self, vectors: Vectors, languages: Languages) -> None:
        self.vectors = vectors
        self._languages = languages

    def tell(self, texts: Sequence[str]) -> list[Teller]:
        """Say of each text whose it is, a person's of its own, and its language."""
        told = (self._languages.read(text) for text in texts)
        return [
            Teller(person=text, language=found.code if found.sure else None)
            for text, found in zip(texts, told, strict=True)
        ]

    def read(self, texts: Sequence[str], bar: Bar) -> tuple[list[str], Floats]:
        """Redact and encode N texts in batches: (N,) and (N, D), zeros where nothing is said."""
        shown: list[str] = []
        rows = np.zeros((len(texts), self.vectors.dimension), np.float32)
        for first in range(0, len(texts), BATCH):
            part = texts[first : first + BATCH]
            hidden = [redact_text(text) for text in part]
            shown += [redacted(t, h.redactions) for t, h in zip(part, hidden, strict=True)]
            cuts = [cut_turn(t, h.plain) for t, h in zip(part, hidden, strict=True)]
            for row, read in enumerate(self.vectors.read(cuts), first):
                if read.whole is not None:
                    rows[row] = read.whole
            bar.advance(len(part))
        return shown, rows


def find(texts: Sequence[str], reader: Reader, bar: Bar) -> Found:
    """Discover on a sample of the distinct texts, then assign all, in batches.

    A text that stands several times is encoded and assigned once, so it cannot differ from
    itself; and only the sample's vectors are held at a time.
    """
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    distinct = list(place)
    bar.at(0, len(distinct))
    rows = choose(distinct)
    sample, vectors = reader.read([distinct[row] for row in rows], bar)
    space, tellers = reader.vectors.space, reader.tell(sample)
    model = discover_themes(sample, vectors, space, tellers=tellers)
    shown = np.empty(len(distinct), dtype=object)
    themes, scores = np.empty(len(distinct), np.int64), np.empty(len(distinct), np.float32)
    left = np.setdiff1d(np.arange(len(distinct)), rows)
    parts = [left[first : first + BATCH] for first in range(0, len(left), BATCH)]
    for chosen in (rows, *parts):
        if chosen is not rows:
            sample, vectors = reader.read([distinct[row] for row in chosen], bar)
        given = model.assigner.assign(vectors)
        shown[chosen], themes[chosen], scores[chosen] = sample, given.themes, given.scores
    every = np.array([place[text] for text in texts], np.int64)
    return Found(model, tuple(shown[every]), Assignment(themes[every], scores[every]))


def _answers(found: Found) -> Iterator[Answer]:
    given = found.assignment
    for best, score, state in zip(given.themes, given.scores, given.states, strict=True):
        # The nearest theme of a text in none is not told: it would be taken for its theme.
        theme = found.model.themes[best] if state is not State.NONE else None
        yield {
            "theme_id": theme.id if theme else None,
            "label": theme.label if theme else None,
            "score": round(float(score), 4),
            "state": str(state),
        }


def _write(lines: Sequence[TextLine], answers: Iterator[Answer], sink: BinaryIO) -> None:
    for line in lines:
        body = next(answers) if line.error is None else {"error": line.error}
        sink.write(orjson.dumps({"id": line.id, **body}, option=orjson.OPT_APPEND_NEWLINE))


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")
