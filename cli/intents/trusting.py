"""``intents trust``: how far a version can be trusted on one's own conversations."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.table import Table
from typer import Argument, Option

from cli.console import fail, output, progress, reading, writing
from cli.intents.files import BadLine, read_objects, tell_bad
from cli.intents.open import MOST_READ, Most, Name, Version, called, workbench
from cli.lines import UNREADABLE
from nlp.own.report import page
from nlp.own.trust import Share, TrustReport, trust
from workers import taxonomy_registry, taxonomy_trust

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Measure a version on your own conversations"
)
_ENOUGH = 200


@app.command()
def sample(
    name: Name,
    sheet: Annotated[str, Option("--output", metavar="SHEET.jsonl", help="- is stdout")],
    version: Version = None,
    count: Annotated[int, Option(min=1, max=10_000, help="Conversations to draw")] = _ENOUGH,
    most: Most = MOST_READ,
) -> None:
    """Draw stored conversations to label, as many of each degree of sureness.

    What the machine says is not on the sheet: it would sway who labels.
    """
    with workbench() as bench:
        chosen = bench.find(name, version)
        taxonomy = taxonomy_registry.load(bench.database, chosen).taxonomy
        with progress("reading conversations") as bar:
            lines = taxonomy_trust.sample(
                bench.database, bench.tagger, chosen, taxonomy, count, most, bar.at
            )
    if not lines:
        fail("no stored conversation asks for anything yet: throughline ingest EXPORT first")
    with writing(sheet) as file:
        for line in lines:
            file.write(orjson.dumps(asdict(line), option=orjson.OPT_APPEND_NEWLINE))
    if sheet == "-":
        return
    labels = ", ".join(taxonomy.head.labels)
    few = f" There are no more than {len(lines)}." if len(lines) < count else ""
    output.print(
        f"{len(lines)} conversations in {sheet}, drawn for {called(chosen)}.{few} next: write into "
        f'each line\'s "label" one of {labels}, or oos for none of them (or "labels": [...] '
        f"where several hold); then: throughline "
        f"intents trust report {name} {sheet}",
        soft_wrap=True,
        markup=False,
    )


@app.command()
def report(
    name: Name,
    sheet: Annotated[str, Argument(metavar="SHEET.jsonl", help="The sheet, filled in")],
    error_cost: Annotated[
        float,
        Option(min=1.01, max=10_000, help="What a wrong label costs, in looks of a person"),
    ] = 20.0,
    html: Annotated[Path | None, Option(metavar="OUT.html", help="A page to read")] = None,
) -> None:
    """Tell accuracy, calibration, abstaining and where automation is safe, with intervals.

    Lines without a label are left out; a line that cannot be used is named and the exit code
    is 3.
    """
    with reading(sheet) as file:
        rows = list(read_objects(file))
    with workbench() as bench:
        chosen = bench.find(name, _version([row for _, row in rows]))
        taxonomy = taxonomy_registry.load(bench.database, chosen).taxonomy
        good, bad, empty = taxonomy_trust.read_sheet(
            [row for _, row in rows], chosen.version, taxonomy.head.labels
        )
        tell_bad([BadLine(rows[b.number - 1][0], b.field, b.reason) for b in bad])
        with progress("reading labelled conversations", len(good)) as bar:
            judged = taxonomy_trust.judge(bench.database, bench.tagger, taxonomy, good, bar.at)
    if not judged:
        fail(f"no line of {sheet} is labelled: write labels into it first")
    found = trust(judged, error_cost)
    verdict = taxonomy_trust.verdict(found)
    _tell(found, called(chosen), empty, verdict)
    if found.safe is not None and found.safe.threshold > taxonomy.threshold:
        output.print(
            f"next: throughline intents threshold {name} {found.safe.threshold:g} --version "
            f"{chosen.number}   (a version that says labels from there on)",
            soft_wrap=True,
        )
    if html is not None:
        frame = f"{sum(j.weight for j in judged):,.0f}"
        text = page(
            "trust.html.j2", title=called(chosen), report=found, frame=frame, verdict=verdict
        )
        try:
            html.write_text(text, encoding="utf-8")
        except OSError as error:
            fail(f"cannot write {html}: {error.strerror}")
        output.print(f"written: {html}", soft_wrap=True)
    if bad:
        raise typer.Exit(UNREADABLE)


def _version(rows: list[dict[str, object] | None]) -> str | None:
    """Take the version that the sheet was drawn under."""
    return next((str(row["version"]) for row in rows if row and row.get("version")), None)


def _tell(found: TrustReport, title: str, empty: int, verdict: str) -> None:
    waiting = f", {empty} lines are not labelled yet" if empty else ""
    output.print(f"{title}: {found.labelled} labelled conversations{waiting}")
    output.print(f"best label right        {_share(found.right)}")
    if found.kept_right is not None:
        output.print(f"right where it is sure  {_share(found.kept_right)}")
    output.print(f"abstains                {_share(found.abstained)}")
    if found.calibration_error is not None:
        output.print(f"calibration error       {found.calibration_error:.3f}")
    table = Table(box=None, pad_edge=False)
    for column in ("threshold", "automated", "right", "at least", "labels", ""):
        table.add_column(column)
    for row in found.thresholds:
        safe = {None: "too few labels", True: "safe", False: "not shown to be safe"}[row.safe]
        table.add_row(
            f"{row.threshold:.2f}",
            f"{row.automated:.0%}",
            f"{row.right.value:.1%}",
            f"{row.right.low:.1%}",
            str(row.right.count),
            safe,
        )
    output.print(table)
    for channel, share in found.channels:
        output.print(f"wrong in {channel}: {_share(share)}")
    output.print(verdict, soft_wrap=True)


def _share(share: Share) -> str:
    return f"{share.value:.1%}  (95 %: {share.low:.1%} to {share.high:.1%}, {share.count} labels)"
