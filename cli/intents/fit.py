"""``intents train`` and ``intents predict``: files in, files out, no database."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from typer import Argument, Option

from cli.console import fail, output, problems, progress, reading, writing
from cli.intents.files import complete
from cli.intents.open import library
from cli.lines import UNREADABLE, Answer, answer_lines
from cli.open import open_vectors
from nlp.calibration import WRONG_COSTS
from nlp.own.bundle import without_identifiers
from nlp.own.model import OwnTaxonomy, TaxonomyError
from nlp.vectors import Vectors
from settings import Settings
from workers.taxonomy_refit import fit_bundle
from workers.taxonomy_telling import ToldVectors
from workers.taxonomy_tune import tuned

Name = Annotated[str, Option(help="Letters, digits, - and _")]


def train(
    examples: Annotated[
        str,
        Argument(
            metavar="EXAMPLES.jsonl",
            help='{"text", "label"} or {"text", "labels"} lines; or {"label", "description"} lines '
            "without any example",
        ),
    ],
    name: Name,
    wrong_costs: Annotated[
        float,
        Option(
            help="What a wrong label costs where abstaining costs 1; more makes it abstain more"
        ),
    ] = WRONG_COSTS,
    tune: Annotated[
        bool,
        Option("--tune", help="Tune a part of the encoder too: minutes, and slower tagging"),
    ] = False,
) -> None:
    """Fit a new version on the shared encoder; the label oos marks texts of no intent.

    Ten examples a label are a good start. With descriptions alone the nearest one wins.
    Versions before it are kept; what tags stays as it is until `intents live`.
    """
    folder = library(name)
    found = complete(examples)
    try:
        known = folder.versions(name)
        vectors = open_vectors(Settings())
        with progress("fitting") as bar:
            pairs = without_identifiers(found.pairs)
            adapter = tuned(Settings(), pairs, bar.tell) if tune else None
            bundle = fit_bundle(
                ToldVectors(vectors, bar.tell),
                name,
                pairs,
                found.descriptions,
                (),
                wrong_costs,
                adapter,
            )
            version = folder.save(bundle)
    except TaxonomyError as error:
        fail(str(error))
    count = len(found.examples) or len(found.descriptions)
    what = "examples" if found.examples else "descriptions"
    labels = len(bundle.taxonomy.head.labels)
    output.print(
        f"{name}@{version}: {labels} labels from {count} {what}, in {folder.folder / name}"
        f"{' (nothing new: this version was there)' if version in known else ''}",
        soft_wrap=True,
    )
    if bundle.taxonomy.left_out:
        problems.print(f"{bundle.taxonomy.left_out} examples were too many and are not fitted on")
    problems.print(_next(name, version, examples, known), soft_wrap=True, markup=False)


def _next(name: str, version: str, examples: str, known: Sequence[str]) -> str:
    if not known:
        return (
            f"next: throughline intents report {name}   (how good it is, label by label)\n"
            f"      throughline intents lint {examples}   (what to mend in the examples)"
        )
    return (
        f"next: throughline intents diff {name} {version}   (what it would change)\n"
        f"      throughline intents live {name} {version}   (let it tag)"
    )


def predict(
    source: Annotated[str, Argument(metavar="IN.jsonl", help="{id, text} lines; - is stdin")],
    name: Name,
    sink: Annotated[str, Option("--output", metavar="OUT.jsonl", help="- is stdout")] = "-",
    version: Annotated[
        str | None,
        Option(help="Hash; without it the version that was trained or set live here last"),
    ] = None,
) -> None:
    """Label each text; writes one line for each, in order.

    It holds id, label, labels, probability, abstained, reason (low_probability, close_call,
    out_of_scope or no_text) and scope: the probability that the text has some intent at all.
    A line that cannot be read becomes {"id", "error"} and the exit code is 3.
    """
    try:
        taxonomy = library(name).load(name, version).taxonomy
        answer = _labeller(taxonomy, open_vectors(Settings()))
        with reading(source) as lines, writing(sink) as file, progress("labelling") as bar:
            unreadable = answer_lines(lines, file, answer, bar.advance)
    except TaxonomyError as error:
        fail(str(error))
    if unreadable:
        raise typer.Exit(UNREADABLE)


def _labeller(
    taxonomy: OwnTaxonomy, vectors: Vectors
) -> Callable[[Sequence[str]], Sequence[Answer]]:
    def answer(texts: Sequence[str]) -> list[Answer]:
        return [
            {
                "label": found.label,
                "labels": list(found.labels),
                "probability": round(found.probability, 4),
                "abstained": found.abstained,
                "reason": found.reason,
                "scope": round(found.scope, 4),
            }
            for found in (taxonomy.predict(vectors, texts) if texts else [])
        ]

    return answer
