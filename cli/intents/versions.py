"""``intents list``, ``show``, ``diff``, ``live`` and ``rollback``: versions in the database."""

from typing import Annotated, Any

from rich.markup import escape
from rich.table import Table
from typer import Argument, Option

from cli.console import output, progress
from cli.intents.open import BY, MOST_READ, Most, Name, Version, Workbench, called, workbench
from nlp.own.compare import Diff
from nlp.own.model import OOS
from storage import taxonomies
from storage.taxonomies import TaxonomyVersion
from workers import taxonomy_read, taxonomy_registry

Which = Annotated[
    str, Argument(metavar="VERSION", help="Number or hash, as `intents show` lists them")
]
_SHOWN = 12
_QUOTE = 90
_COLUMNS = (
    *("version", "", "made", "labels", "examples", "corrections"),
    *("threshold", "wrong costs", "where from"),
)


def list_taxonomies() -> None:
    """List your taxonomies: the live version of each, or else the newest."""
    with workbench() as bench, bench.database.reading() as session:
        found = taxonomies.newest(session)
    if not found:
        output.print(
            "no taxonomy yet. next: throughline intents train EXAMPLES.jsonl --name NAME",
            soft_wrap=True,
        )
        return
    table = _table("name", "version", "state", "labels", "examples", "fitted on")
    for version in found:
        table.add_row(
            version.name,
            f"{version.number} ({version.version})",
            "live" if version.live else "not live",
            str(len(label_counts(version))),
            str(_about(version, "examples", 0)),
            str(_about(version, "space", "")),
        )
    output.print(table)
    output.print(f"next: throughline intents show {found[0].name}   (its versions)")


def show(name: Name) -> None:
    """Tell a taxonomy's versions, where they come from and which was live when."""
    with workbench() as bench:
        chosen = bench.find(name)
        with bench.database.reading() as session:
            known = taxonomies.versions(session, name)
            changes = taxonomies.changes(session, name)
    table = _table(*_COLUMNS)
    for version in known:
        table.add_row(
            f"{version.number} ({version.version})",
            "live" if version.live else "",
            f"{version.made_at:%Y-%m-%d %H:%M}",
            str(len(label_counts(version))),
            str(_about(version, "examples", 0)),
            str(_about(version, "corrections", 0)),
            _number(version, "threshold"),
            _number(version, "wrong_costs"),
            _origin(version, known),
        )
    output.print(table)
    numbers = {version.version: version.number for version in known}
    for change in changes:
        what = f"{numbers.get(change.version, change.version)} live" if change.version else "out"
        output.print(f"[dim]{change.at:%Y-%m-%d %H:%M}  {what}, by {escape(change.by)}[/dim]")
    counts = ", ".join(f"{label} {n}" for label, n in sorted(label_counts(chosen).items()))
    output.print(f"labels of {called(chosen)}: {counts}", soft_wrap=True, markup=False)
    output.print(f"next: {_next(known)}", soft_wrap=True, markup=False)


def _next(known: tuple[TaxonomyVersion, ...]) -> str:
    name, newest = known[0].name, known[0].number
    if newest and not known[0].live:
        return (
            f"throughline intents diff {name} {newest}   (what it would change), then "
            f"throughline intents live {name} {newest}"
        )
    return f"throughline intents queue {name}   (the conversations worth a person's look)"


def diff(name: Name, version: Which, most: Most = MOST_READ) -> None:
    """Tell what a version would change about stored conversations. Nothing is written.

    It is set beside the live version, or beside the one before it where none is live.
    """
    with workbench() as bench:
        after = bench.find(name, version)
        before = _beside(bench, after)
        found = told_diff(bench, before, after, most)
    output.print(f"before: {_from(before)}; after: {_from(after)}", soft_wrap=True)
    show_diff(found)
    output.print(
        f"next: throughline intents live {name} {after.number}   (let it tag what comes in from "
        "now on; what is tagged already stays as it is)",
        soft_wrap=True,
    )


def _beside(bench: Workbench, after: TaxonomyVersion) -> TaxonomyVersion:
    with bench.database.reading() as session:
        known = taxonomies.versions(session, after.name)
    others = [v for v in known if v.version != after.version]
    live = next((v for v in others if v.live), None)
    earlier = next((v for v in others if v.number < after.number), None)
    return live or earlier or after


def told_diff(bench: Workbench, before: TaxonomyVersion, after: TaxonomyVersion, most: int) -> Diff:
    """Set two versions side by side under a bar of progress."""
    old, new = (taxonomy_registry.load(bench.database, v).taxonomy for v in (before, after))
    with progress("reading conversations") as bar:
        return taxonomy_read.diff(bench.database, bench.tagger, old, new, most, bar.at)


def show_diff(found: Diff) -> None:
    """Print how many conversations change, from what to what, with examples."""
    if not found.conversations:
        output.print("no conversation is stored yet. next: throughline ingest EXPORT")
        return
    share = found.changed / found.conversations
    output.print(
        f"{found.changed:,} of {found.conversations:,} conversations change ({share:.1%}); "
        f"unsure of {found.unsure_before:.1%} before, of {found.unsure_after:.1%} after"
    )
    table = _table("conversations", "from", "to", "for example")
    for move in found.moves[:_SHOWN]:
        first = move.examples[0]
        quote = escape(" ".join(first.text.split())[:_QUOTE])
        example = f"{quote}\n[dim]{first.conversation_id}[/dim]"
        table.add_row(str(move.count), escape(move.before), escape(move.after), example)
    if found.moves:
        output.print(table)
    if len(found.moves) > _SHOWN:
        rest = sum(move.count for move in found.moves[_SHOWN:])
        output.print(f"... and {rest:,} in {len(found.moves) - _SHOWN} rarer moves")


def threshold(
    name: Name,
    probability: Annotated[
        float,
        Argument(
            min=0,
            max=taxonomy_registry.MOST_THRESHOLD,
            metavar="PROBABILITY",
            help="From which on a label is said, such as 0.85",
        ),
    ],
    version: Version = None,
) -> None:
    """Make a version that says labels from another probability on; nothing is trained.

    `intents trust report` tells which is safe. The new version is not live until you say so.
    """
    with workbench() as bench:
        base = bench.find(name, version)
        made, bundle = taxonomy_registry.with_threshold(bench.database, base, probability)
        bench.copy(bundle)
    output.print(
        f"{called(made)} is {called(base)} with labels from {probability:g} on. next: throughline "
        f"intents diff {name} {made.number}   (what it would change), then throughline intents "
        f"live {name} {made.number}",
        soft_wrap=True,
    )


def live(
    name: Name,
    version: Annotated[
        str | None, Argument(metavar="[VERSION]", help="Number or hash; without it the newest")
    ] = None,
    off: Annotated[bool, Option("--off", help="Take the taxonomy out of tagging")] = False,
) -> None:
    """Let a version tag: its labels stand beside the general ones from now on.

    What is tagged already stays as it is until it is tagged again.
    """
    with workbench() as bench:
        if off:
            taxonomy_registry.retire(bench.database, name, BY)
            output.print(
                f"{name} no longer tags; its versions stay. next: throughline intents live {name}",
                soft_wrap=True,
            )
            return
        chosen = bench.find(name, version or taxonomy_registry.NEWEST)
        taxonomy_registry.go_live(bench.database, chosen, bench.tagger.vectors.space, BY)
        bench.copy(taxonomy_registry.load(bench.database, chosen))
    _went_live(chosen)


def rollback(name: Name) -> None:
    """Go back to the version that was live before."""
    with workbench() as bench:
        chosen = taxonomy_registry.rollback(bench.database, name, BY)
        bench.copy(taxonomy_registry.load(bench.database, chosen))
    _went_live(chosen)


def _went_live(version: TaxonomyVersion) -> None:
    output.print(
        f"{called(version)} is live: conversations that come in from now on carry its labels as "
        f"{version.name}@{version.version}. next: throughline retag   (for what is there already), "
        f"or throughline intents queue {version.name}",
        soft_wrap=True,
    )


def _origin(version: TaxonomyVersion, known: tuple[TaxonomyVersion, ...]) -> str:
    parent = version.description.get("parent")
    if parent is None:
        return "descriptions" if not _about(version, "examples", 0) else "examples"
    numbers = {other.version: other.number for other in known}
    if _about(version, "threshold_only", False):
        return f"{numbers.get(str(parent), parent)} with another threshold"
    gain: Any = version.description.get("gain")
    words = f"refit of {numbers.get(str(parent), parent)}"
    if gain:
        words += f": {gain['before']:.1%} right before, {gain['after']:.1%} after"
    return words


def _number(version: TaxonomyVersion, key: str) -> str:
    """Write a figure; nothing where an earlier release did not note it."""
    found = _about(version, key, None)
    return "" if found is None else f"{found:.3g}"


def _from(version: TaxonomyVersion) -> str:
    says = _number(version, "threshold")
    return f"{called(version)}, labels from {says} on" if says else called(version)


def label_counts(version: TaxonomyVersion) -> dict[str, int]:
    """Give a version's labels with their numbers of examples, without ``oos``."""
    counts: dict[str, int] = _about(version, "labels", {})
    return {label: count for label, count in counts.items() if label != OOS}


def _about(version: TaxonomyVersion, key: str, default: Any) -> Any:  # noqa: ANN401
    return version.description.get(key, default)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
