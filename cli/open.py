"""What commands open: the database, the models and the work."""

from collections.abc import Sequence

from cli.console import fail, problems, progress
from nlp.encoder import Encoder
from nlp.external.build import build as build_head
from nlp.models import ModelError, build
from nlp.parts import checked, top
from nlp.tagger import Tagger, TaggerConfig
from nlp.vectors import NoCache, Vectors
from settings import Settings
from storage.database import Database
from workers.database import database_of
from workers.model import load_tagger
from workers.pipeline import Pipeline
from workers.policy import policy_of


def open_database(settings: Settings) -> Database:
    """Open the database; the embedded one is brought up to date on the way."""
    database = database_of(settings)
    if settings.embedded:
        database.upgrade()
    return database


def open_tables(settings: Settings) -> Database:
    """Open the database, and the tables for analysis beside it; a first fill draws a bar."""
    from workers.kept_mart import Keeper  # its engine is loaded where it is needed

    database = open_database(settings)
    keeper = Keeper.of(database)
    if keeper is not None and keeper.usable() and not keeper.soon():
        with progress("filling the tables for analysis, once") as bar:
            keeper.refresh(bar.at)
    return database


def open_tagger(settings: Settings) -> Tagger:
    """Load the models without a database, building them first if nobody has."""
    ensure_models(settings)
    tagger = Tagger.load(
        TaggerConfig(
            model_dir=settings.model_dir,
            encoder=settings.encoder,
            languages=settings.languages,
            threads=settings.threads,
            heads=settings.heads,
            precision=settings.precision,
            weights=settings.weights,
        )
    )
    tell_left_out(tagger.left_out)
    return tagger


def tell_left_out(names: Sequence[str]) -> None:
    """Say which heads do not fit the encoder, and what can be done."""
    if names:
        problems.print(
            f"throughline: the heads for {', '.join(names)} were fitted on another encoder or "
            "tuned top and are left out. Own taxonomies work; fit the heads on it "
            "(docs/training.md), or give THROUGHLINE_HEADS classifiers in their place "
            "(docs/models.md)",
            soft_wrap=True,
        )


def open_vectors(settings: Settings) -> Vectors:
    """Load the encoder alone, building it first if nobody has."""
    ensure_models(settings)
    encoder = Encoder.load(
        settings.model_dir,
        settings.encoder,
        settings.threads,
        top(settings.weights),
        settings.precision,
    )
    return Vectors(encoder, NoCache())


def open_pipeline(settings: Settings, database: Database) -> Pipeline:
    """Make ready for work in this process."""
    ensure_models(settings)
    return Pipeline(database, load_tagger(settings, database), policy_of(settings), worker="cli")


def ensure_models(settings: Settings) -> None:
    """Build encoder and classifiers unless they are built; say what to do where that fails."""
    try:
        weights = checked(settings.weights)
        build(
            settings.model_dir,
            settings.encoder,
            adapter=top(weights),
            precision=settings.precision,
        )
        for name, config in settings.heads.items():
            build_head(settings.model_dir, name, config)
    except ModelError as error:
        fail(str(error))
