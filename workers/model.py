"""Loading the model: imported only by the process that tags."""

import atexit
import gc

from nlp.tagger import Tagger, TaggerConfig
from settings import Settings
from storage.database import Database
from storage.vectors import StoredVectors
from workers.taxonomy_live import LiveTagger
from workers.vectors import KeptVectors


def load_tagger(settings: Settings, database: Database) -> Tagger:
    """Load the tagger, with its cache of vectors in the database."""
    config = TaggerConfig(
        model_dir=settings.model_dir,
        encoder=settings.encoder,
        languages=settings.languages,
        threads=settings.threads,
        heads=settings.heads,
        precision=settings.precision,
        weights=settings.weights,
    )
    tagger = LiveTagger.load(config, KeptVectors(StoredVectors(database)))
    assert isinstance(tagger, LiveTagger)
    tagger.follow(database)
    # Models and rules stay: whoever collects garbage need not walk through them each time.
    gc.collect()
    gc.freeze()
    # Else what was frozen is never freed, and DuckDB complains of it at the end.
    atexit.register(gc.unfreeze)
    return tagger
