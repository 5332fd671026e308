"""``intents lint`` and ``intents report``: how good examples and versions are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table
from typer import Argument, Option

from cli.console import fail, output, problems, progress
from cli.intents.files import BadLine, read_training, tell_bad
from cli.intents.open import Name, Version, called, workbench
from cli.lines import UNREADABLE
from cli.open import open_vectors
from nlp.own.folds import Answer, answer_of, crossed
from nlp.own.labels import labels_of
from nlp.own.lint import Example, Fault, Finding, Linted
from nlp.own.lint import lint as look
from nlp.own.model import OOS, OwnTaxonomy
from nlp.own.report import LabelReport, hidden, hiding, label_report, page
from nlp.vectors import Vectors
from settings import Settings
from workers import taxonomy_registry
from workers.taxonomy_refit import training_data

_SHOWN = 8
_LINES = 12
_QUOTE = 70
_TITLES = {
    Fault.EMPTY: "Lines without a word",
    Fault.CONFLICT: "One text, two labels",
    Fault.OVERLAP: "Labels that are taken for one another",
    Fault.MISLABELLED: "Likely the wrong label",
    Fault.FEW: "Labels with too few examples",
    Fault.LENGTH: "Texts of another length than the rest",
    Fault.REPEATED: "The same text again",
}


def lint(
    examples: Annotated[
        str, Argument(metavar="EXAMPLES.jsonl", help='{"text", "label"} lines; - is stdin')
    ],
    as_json: Annotated[bool, Option("--json", help="One finding a line, all of them")] = False,
) -> None:
    """Look for faults in training examples, with their lines and what to do.

    The exit code is 1 where something was found, 3 where lines could not be read.
    """
    found = read_training(examples)
    if not found.examples and not found.bad:
        fail(f"{examples} holds no example: it takes lines such as {_LINE}")
    with problems.status("looking"):
        rows = [Example(*example) for example in found.firsts]
        linted = look(open_vectors(Settings()), rows)
    empty = [line for line in found.bad if line.field != "text"]
    if as_json:
        _as_json(linted, found.bad)
    else:
        tell_bad(found.bad)
        _as_tables(linted, {row.line: row.text for row in rows}, examples)
    if empty:
        raise typer.Exit(UNREADABLE)
    if linted.findings or found.bad:
        raise typer.Exit(1)


_LINE = '{"text": "where is my parcel", "label": "parcel"}'


def _as_json(linted: Linted, bad: Sequence[BadLine]) -> None:
    rows: list[dict[str, object]] = [
        {
            "fault": "unreadable_line",
            "lines": [line.number],
            "labels": [],
            "told": f"{line.field}: {line.reason}",
            "todo": "mend or delete the line",
        }
        for line in bad
    ]
    rows += [
        {
            "fault": str(f.fault),
            "lines": list(f.lines),
            "labels": list(f.labels),
            "told": f.told,
            "todo": f.todo,
        }
        for f in linted.findings
    ]
    for row in rows:
        output.out(orjson.dumps(row).decode(), highlight=False)


def _as_tables(linted: Linted, texts: dict[int, str], path: str) -> None:
    for fault in Fault:
        found = [finding for finding in linted.findings if finding.fault is fault]
        if not found:
            continue
        output.rule(f"{_TITLES[fault]} ({len(found)})", align="left")
        table = Table(box=None, pad_edge=False)
        for column in ("lines", "what", "what to do"):
            table.add_column(column, overflow="fold")
        for finding in found[:_SHOWN]:
            table.add_row(_lines(finding), _what(finding, texts), escape(finding.todo))
        output.print(table)
        if len(found) > _SHOWN:
            output.print(f"... and {len(found) - _SHOWN} more: --json lists all")
    output.rule("In all", align="left")
    agreement = (
        "too few examples to leave any out"
        if linted.agreement is None
        else f"{linted.agreement:.0%} of the examples are recognised when they are left out"
    )
    output.print(f"{linted.examples:,} examples of {linted.labels} labels; {agreement}.")
    todo = "mend from the top and look again, or train" if linted.findings else "train"
    output.print(
        f"next: {todo}: throughline intents train {path} --name NAME", soft_wrap=True, markup=False
    )


def _lines(finding: Finding) -> str:
    shown = ", ".join(map(str, finding.lines[:_LINES]))
    rest = len(finding.lines) - _LINES
    return f"{shown} and {rest} more" if rest > 0 else shown


def _what(finding: Finding, texts: dict[int, str]) -> str:
    told = f"{'/'.join(finding.labels[:2])}: {finding.told}"
    if finding.fault in (Fault.FEW, Fault.EMPTY) or finding.lines[0] not in texts:
        return escape(told)
    return f"{escape(told)}\n[dim]{escape(hidden(texts[finding.lines[0]])[:_QUOTE])}[/dim]"


def report(
    name: Name,
    version: Version = None,
    test: Annotated[
        str | None,
        Option(metavar="FILE.jsonl", help='{"text", "label"} lines that were not trained on'),
    ] = None,
    html: Annotated[Path | None, Option(metavar="OUT.html", help="A page to read")] = None,
) -> None:
    """Tell label by label how good a version is, what is confused, and the texts behind it.

    Without a test file each example is asked about by a version that was fitted without it.
    """
    with workbench() as bench:
        chosen = bench.find(name, version)
        if test is None:
            data = training_data(bench.database, chosen)
            if not data:
                fail(f"{called(chosen)} has no example to leave out: give --test FILE.jsonl")
            with progress("leaving examples out", 100) as bar:
                vectors, adapter = bench.tagger.vectors, bench.adapter(chosen)
                answers = crossed(vectors, data, lambda s: bar.at(round(100 * s)), adapter)
            if not answers:
                fail("tuning left no example out that could be asked about: give --test FILE.jsonl")
            how = "Each example was asked about by a version fitted without it."
            if adapter is not None:
                how = (
                    f"The {len(answers)} examples that tuning left out were each asked about by a "
                    "version fitted without it."
                )
        else:
            answers = _on_file(test, bench.tagger.vectors, taxonomy_registry.load(
                bench.database, chosen).taxonomy)  # fmt: skip
            how = f"Asked about the {len(answers)} texts of {Path(test).name}."
    found = label_report([hiding(answer) for answer in answers])
    _tell(found, how)
    if html is not None:
        _write(html, page("labels.html.j2", title=called(chosen), report=found, how=how))
    todo = f"throughline intents queue {name}   (label the conversations that teach most)"
    if html is None:
        todo = f"throughline intents report {name} --html report.html   (all texts), or {todo}"
    output.print(f"next: {todo}", soft_wrap=True, markup=False)


def _on_file(path: str, vectors: Vectors, taxonomy: OwnTaxonomy) -> list[Answer]:
    found = read_training(path)
    tell_bad(found.bad)
    if not found.pairs:
        fail(f"{path} holds no line that can be used: it takes lines such as {_LINE}")
    said = {label for _, labels in found.pairs for label in labels_of(labels)}
    strange = sorted(said - {OOS, *taxonomy.head.labels})
    if strange:
        problems.print(f"labels that the version does not know: {', '.join(strange)}", markup=False)
    asked = taxonomy.predict(vectors, [text for text, _ in found.pairs])
    return [answer_of(pair, one) for pair, one in zip(found.pairs, asked, strict=True)]


def _tell(found: LabelReport, how: str) -> None:
    output.print(how)
    output.print(
        f"best label right {found.accuracy:.1%}; unsure of {found.abstained:.1%}, of the rest "
        f"{found.kept_accuracy:.1%} right"
        + (f"; holds back on {found.outside_caught:.0%} of texts of no intent" if found.outside
           else "")
    )  # fmt: skip
    table = Table(box=None, pad_edge=False)
    for column in ("label", "examples", "found", "95 % interval", "right when said", "taken for"):
        table.add_column(column)
    for row in found.rows:
        taken = ", ".join(f"{c.said} {len(c.answers)}" for c in row.confusions[:3])
        table.add_row(
            escape(row.label),
            str(row.examples),
            "-" if row.recall is None else f"{row.recall:.0%}",
            f"{row.low:.0%}-{row.high:.0%}",
            "-" if row.precision is None else f"{row.precision:.0%}",
            escape(taken),
        )
    output.print(table)
    for confusion in found.confusions[:5]:
        output.print(
            f"[bold]{escape(confusion.truth)}[/bold] taken for "
            f"[bold]{escape(confusion.said)}[/bold], {len(confusion.answers)} times"
        )
        for answer in confusion.shown[:3]:
            output.print(f"  [dim]{escape(answer.text[:_QUOTE])}[/dim]")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")
    output.print(f"written: {path}", soft_wrap=True)
