"""``throughline models``: what the signals are made with."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from cli.console import fail, output, problems
from cli.open import open_database, tell_left_out
from domain.head_config import REPLACED
from nlp.about import ClassifierAbout, HeadAbout, about
from nlp.external.build import build as build_head
from nlp.external.build import find as find_head
from nlp.external.build import labels_of
from nlp.models import BuiltModel, ModelError, build, find
from nlp.parts import WEIGHTS, checked, held, top
from nlp.shipped import Shipped
from settings import Settings
from storage import taxonomies
from workers.tagging import tagger_of

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Build and show the models")


@app.command("build")
def build_models() -> None:
    """Make encoder and configured classifiers ready to serve, once; nothing is downloaded."""
    settings = Settings()
    try:
        with problems.status("models") as status:
            adapter = top(checked(settings.weights))
            built = build(
                settings.model_dir, settings.encoder, status.update, adapter, settings.precision
            )
            heads = {
                name: build_head(settings.model_dir, name, config, status.update)
                for name, config in settings.heads.items()
            }
    except ModelError as error:
        fail(str(error))
    output.print(f"encoder {settings.encoder}: ready ({built.space})", soft_wrap=True)
    for name, head in heads.items():
        output.print(f"head {name}: ready ({head.model}, {head.sha256[:12]})", soft_wrap=True)
    _tell_weights(settings.weights, built)


@app.command()
def show() -> None:
    """Show which encoder and classifiers are built, and which shipped heads do not fit."""
    settings = Settings()
    try:
        adapter = top(checked(settings.weights))
        built = find(settings.model_dir, settings.encoder, adapter, settings.precision)
        output.print(f"encoder  {settings.encoder}\nspace    {built.space}", soft_wrap=True)
        for name, config in settings.heads.items():
            labels = labels_of(name, config, find_head(settings.model_dir, name, config)).names
            role = "in place of the shipped one" if name in REPLACED else "a set of its own"
            output.print(
                f"head     {name}: {config.model}, {role}: {', '.join(labels)}", soft_wrap=True
            )
    except ModelError as error:
        fail(str(error))
    _tell_weights(settings.weights, built)


def _tell_weights(weights: Path, built: BuiltModel) -> None:
    if weights != WEIGHTS:
        output.print(f"weights {weights}: {', '.join(held(weights))}", soft_wrap=True)
    tell_left_out(Shipped.load(weights, built.tops).left_out)


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """List encoder, heads, rules and live taxonomies with their versions and origin.

    A shipped head serves, is replaced by a configured classifier, or is left out since it does not
    fit the encoder.
    """
    settings = Settings()
    try:
        found = about(
            settings.model_dir,
            settings.encoder,
            checked(settings.weights),
            settings.precision,
            settings.heads,
        )
    except ModelError as error:
        fail(str(error))
    database = open_database(settings)
    with problems.status("loading the models"):
        version = tagger_of(settings, database).loaded.version
    with database.reading() as session:
        live = [f"{own.name}@{own.version}" for own in taxonomies.live(session)]
    database.dispose()
    if as_json:
        told = {"tagger": version, **asdict(found), "taxonomies": [found.taxonomy, *live]}
        output.out(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode(), highlight=False)
        return
    encoder = found.encoder
    for name, value in (
        ("tagger", version),
        ("encoder", f"{encoder.id}, {encoder.dimension} dimensions, {encoder.precision}"),
        ("", f"{encoder.licence or 'your own'}, sha256 {encoder.sha256[:12]}…"),
        ("space", encoder.space),
        ("rules", found.rules),
        ("taxonomies", ", ".join([found.taxonomy, *live])),
    ):
        output.print(f"{name:<11}{value}", soft_wrap=True)
    if found.classifiers:
        output.print(_classifiers(found.classifiers))
    output.print(_heads(found.heads))


def _classifiers(classifiers: tuple[ClassifierAbout, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("classifier", "version", "model"):
        table.add_column(name, overflow="fold")
    table.add_column("labels", justify="right")
    table.add_column("takes the place of")
    for one in classifiers:
        place = "the shipped heads" if one.in_place else "nothing: a set of its own"
        table.add_row(one.name, escape(one.version), escape(one.model), str(len(one.labels)), place)
    return table


def _heads(heads: tuple[HeadAbout, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("head", "version"):
        table.add_column(name, no_wrap=True)
    table.add_column("labels", justify="right")
    table.add_column("serves")
    table.add_column("calibration")
    table.add_column("trained on")
    for head in heads:
        origin = ", ".join(f"{source.name} ({source.licence})" for source in head.trained_on)
        calibration = head.calibration or "not stated"
        count = str(len(head.labels))
        table.add_row(head.name, head.version, count, _serves(head), calibration, origin)
    return table


def _serves(head: HeadAbout) -> str:
    if head.state == "serves":
        return "yes"
    told = "replaced by" if head.state == "replaced" else "left out:"
    return escape(f"{told} {head.reason}")
