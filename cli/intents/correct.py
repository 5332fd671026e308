"""``intents queue``, ``correct``, ``refit`` and ``gaps``: the loop that makes a version better."""

from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table
from typer import Argument, Option

from cli.console import fail, output, problems, progress, reading, writing
from cli.intents.files import BadLine, read_objects, tell_bad
from cli.intents.open import BY, MOST_READ, Most, Name, Version, called, workbench
from cli.intents.versions import label_counts, show_diff, told_diff
from cli.lines import UNREADABLE
from nlp.own.gain import Gain
from nlp.own.labels import answer_on, field_of
from workers import taxonomy_read, taxonomy_refit, taxonomy_registry, taxonomy_words
from workers.taxonomy_words import Word

_QUOTE = 80
_ROWS = 10


def queue(
    name: Name,
    version: Version = None,
    count: Annotated[int, Option(min=1, max=500, help="Conversations to give")] = 50,
    sheet: Annotated[
        str | None,
        Option("--output", metavar="SHEET.jsonl", help="To fill in and give to `intents correct`"),
    ] = None,
    most: Most = MOST_READ,
) -> None:
    """List the conversations that are most worth a person's look.

    Ordered by how unsure the version is, times how many conversations look alike; no two that
    are nearly the same stand in one list.
    """
    with workbench() as bench:
        chosen = bench.find(name, version)
        taxonomy = taxonomy_registry.load(bench.database, chosen).taxonomy
        with progress("reading conversations") as bar:
            found = taxonomy_read.next_to_label(
                bench.database, bench.tagger, taxonomy, count, most, bar.at
            )
    if not found:
        output.print("nothing waits for a look: all stored conversations are labelled, or none is")
        return
    if sheet is None:
        table = Table(box=None, pad_edge=False)
        for column in ("alike", "best label", "sure", "what the customer says"):
            table.add_column(column, overflow="fold")
        for item in found[:_ROWS]:
            reading = item.reading
            text = escape(" ".join(reading.text.split())[:_QUOTE])
            table.add_row(
                str(item.volume),
                escape(reading.label or ""),
                f"{reading.probability:.0%}",
                f"{text}\n[dim]{reading.conversation_id}[/dim]",
            )
        output.print(table)
        output.print(
            f"{len(found)} in the queue of {called(chosen)}. next: throughline intents queue "
            f"{name} --output sheet.jsonl   (a sheet to fill in)",
            soft_wrap=True,
        )
        return
    with writing(sheet) as file:
        for item in found:
            reading = item.reading
            line = {
                "conversation_id": reading.conversation_id,
                "turn": reading.turn,
                "text": reading.text,
                "machine": reading.label,
                "probability": round(reading.probability, 4),
                "alike": item.volume,
                "label": "",
            }
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    if sheet != "-":
        output.print(
            f"{len(found)} conversations in {sheet}. next: write the right label into each line's "
            f'"label" (oos for none of them), then: throughline intents correct {name} {sheet}',
            soft_wrap=True,
            markup=False,
        )


def correct(
    name: Name,
    sheet: Annotated[
        str,
        Argument(
            metavar="SHEET.jsonl",
            help='{"conversation_id", "turn", "label"} lines; "labels" for several, [] for none',
        ),
    ],
) -> None:
    """Keep people's labels: they stand above the machine's from now on, and train `refit`.

    Lines without a label are left for later. A line that cannot be used is named, the others
    are kept, and the exit code is 3.
    """
    words: list[tuple[int, Word]] = []
    bad: list[BadLine] = []
    waiting = 0
    with reading(sheet) as file:
        for number, line in read_objects(file):
            word = _word(number, line)
            if isinstance(word, BadLine):
                bad.append(word)
            elif word is None:
                waiting += 1
            else:
                words.append((number, word))
    with workbench() as bench:
        chosen = bench.find(name)
        refused = taxonomy_words.say(bench.database, name, [word for _, word in words], BY)
    bad += [BadLine(words[r.place][0], r.field, r.reason) for r in refused]
    known = label_counts(chosen).keys()
    fresh = sorted({label for _, word in words for label in word.labels} - known - {"oos"})
    tell_bad(sorted(bad, key=lambda line: line.number))
    if fresh:
        output.print(f"labels that are new to {name}: {', '.join(fresh)}", markup=False)
    output.print(
        f"{len(words) - len(refused)} kept, {waiting} not labelled yet. next: throughline intents "
        f"refit {name}   (a version that has learned them)",
        soft_wrap=True,
    )
    if bad:
        raise typer.Exit(UNREADABLE)


def _word(number: int, line: dict[str, object] | None) -> Word | BadLine | None:
    """Read one line of a sheet; None where it is not filled in yet."""
    if line is None:
        return BadLine(number, "line", "not a JSON object in UTF-8")
    id_, turn = line.get("conversation_id"), line.get("turn")
    labels = answer_on(line)
    if labels is None:
        return None
    if isinstance(labels, str):
        return BadLine(number, field_of(line), labels)
    if not isinstance(id_, str):
        return BadLine(number, "conversation_id", "missing, or not a string")
    if turn is not None and (isinstance(turn, bool) or not isinstance(turn, int) or turn < 0):
        return BadLine(number, "turn", "neither null nor a position from 0")
    return Word.of(id_, turn, labels)


def refit(name: Name, version: Version = None, most: Most = MOST_READ) -> None:
    """Fit a new version on a version's examples and all corrections; tell what it is worth.

    The gain is measured on texts that were left out of the fit. The new version is not live
    until you say so.
    """
    with workbench() as bench:
        base = bench.find(name, version)
        with progress("fitting") as bar:
            fitted = taxonomy_refit.refit(bench.database, bench.tagger.vectors, base, bar.tell)
        bench.copy(fitted.bundle)
        output.print(f"{called(fitted.version)}, a refit of {called(base)}")
        _tell_gain(fitted.gain)
        found = told_diff(bench, base, fitted.version, most)
    show_diff(found)
    todo = f"throughline intents live {name} {fitted.version.number}   (let it tag)"
    if fitted.gain is not None and not _gained(fitted.gain):
        todo = f"throughline intents queue {name} --version {base.number}   (label more)"
    output.print(f"next: {todo}", soft_wrap=True)


def _gained(gain: Gain) -> bool:
    return gain.after > gain.before or gain.corrections_after > gain.corrections_before


def _tell_gain(gain: Gain | None) -> None:
    if gain is None:
        output.print("too few examples to leave any out: the gain is not measured")
        return
    output.print(
        f"measured on texts left out of the fit: {gain.before:.1%} right before, "
        f"{gain.after:.1%} after, of {gain.examples + gain.corrections} texts; of the "
        f"{gain.corrections} corrected ones {gain.corrections_before:.1%} before, "
        f"{gain.corrections_after:.1%} after ({gain.mended} mended, {gain.spoilt} spoilt)",
        soft_wrap=True,
    )
    if not _gained(gain):
        output.print("that is no gain yet: label more from the queue before it goes live")


def gaps(
    name: Name,
    version: Version = None,
    least: Annotated[int, Option(min=2, help="Conversations that a group has at least")] = 3,
    most: Most = MOST_READ,
) -> None:
    """Suggest labels that are missing: groups of conversations that no label fits.

    What the version is unsure of between two labels that are there is left out.
    """
    with workbench() as bench:
        chosen = bench.find(name, version)
        taxonomy = taxonomy_registry.load(bench.database, chosen).taxonomy
        with progress("reading conversations") as bar:
            found = taxonomy_read.gaps(bench.database, bench.tagger, taxonomy, least, most, bar.at)
    problems.print(
        f"of {found.unsure} unsure conversations {found.close_calls} ({found.close_share:.0%}) are "
        "close calls between two labels that are there: left out",
        soft_wrap=True,
    )
    if not found.groups:
        fail(
            f"no group of {least} among the {len(found.without)} conversations that no label of "
            f"{called(chosen)} fits: nothing is missing, or --least is too high",
            code=0,
        )
    table = Table(box=None, pad_edge=False)
    for column in ("conversations", "suggested label", "what they say"):
        table.add_column(column, overflow="fold")
    for gap in found.groups:
        shown = [" ".join(found.without[place].text.split())[:_QUOTE] for place in gap.shown]
        said = "\n".join(f"[dim]{escape(text)}[/dim]" for text in shown)
        table.add_row(str(len(gap.places)), gap.name, f"{escape(', '.join(gap.phrases))}\n{said}")
    output.print(table)
    output.print(
        "next: add ten examples of each label you want to your training file, then: "
        f"throughline intents train EXAMPLES.jsonl --name {name}",
        soft_wrap=True,
    )
