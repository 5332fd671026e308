"""What the commands about own taxonomies open, and the words they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, cast

from sqlalchemy.exc import SQLAlchemyError
from typer import Argument, Option

from cli.console import fail, output
from cli.open import ensure_models, open_database
from nlp.own.bundle import Bundle
from nlp.own.library import Library, is_name
from nlp.own.model import TaxonomyError
from nlp.tops import Adapter
from settings import Settings
from storage.database import Database
from storage.taxonomies import TaxonomyVersion
from workers.taxonomy_readings import MOST
from workers.taxonomy_registry import OwnTagger, find, load, take_in

BY = "cli"
"""Who changes something, for the record."""
Name = Annotated[str, Argument(metavar="NAME", help="Of the taxonomy")]
Version = Annotated[
    str | None,
    Option("--version", help="Number or hash; without it the live one, or else the newest"),
]
Most = Annotated[int, Option("--most", min=1, help="Conversations to read, the latest first")]
MOST_READ = MOST


@dataclass(frozen=True)
class Workbench:
    """The database with all versions, and the tagger once it is needed."""

    settings: Settings
    database: Database

    @property
    def library(self) -> Library:
        """The folder with versions for use without a database."""
        return Library(self.settings.taxonomy_dir)

    @cached_property
    def tagger(self) -> OwnTagger:
        """The tagger, with cached vectors."""
        from workers.model import load_tagger  # slow to load

        ensure_models(self.settings)
        return cast(OwnTagger, load_tagger(self.settings, self.database))

    def copy(self, bundle: Bundle) -> None:
        """Put a version into the folder too; the database has it whether that works or not."""
        try:
            self.library.save(bundle)
        except OSError as error:
            output.print(
                f"note: {self.settings.taxonomy_dir} took no copy ({error.strerror}); tagging goes "
                "by the database, only `throughline intents predict` answers by the folder. Let "
                "THROUGHLINE_TAXONOMY_DIR name a folder that can be written",
                soft_wrap=True,
            )

    def adapter(self, version: TaxonomyVersion) -> Adapter | None:
        """Give what a version was tuned by."""
        return load(self.database, version).taxonomy.adapter

    def find(self, name: str, which: str | None = None) -> TaxonomyVersion:
        """Find a version, having looked what is new in the folder."""
        return find(self.database, name, which)


@contextmanager
def workbench() -> Iterator[Workbench]:
    """Open the database and take in what was trained since; say what is wrong in one line."""
    settings = Settings()
    database = open_database(settings)
    try:
        take_in(database, Library(settings.taxonomy_dir))
        yield Workbench(settings, database)
    except TaxonomyError as error:
        fail(str(error))
    except SQLAlchemyError as error:
        fail(
            f"the database does not answer as it should ({type(error).__name__}): is "
            "THROUGHLINE_DATABASE_URL right, and was `throughline db upgrade` run?"
        )
    finally:
        database.dispose()


def library(name: str) -> Library:
    """Give the folder of taxonomies, for a name that can be one."""
    if not is_name(name):
        fail("--name takes letters, digits, - and _ only (64 at most), and not general")
    return Library(Settings().taxonomy_dir)


def called(version: TaxonomyVersion) -> str:
    """Name a version for people: ``support 3 (9f2c61d0)``."""
    return f"{version.name} {version.number} ({version.version})"
