"""Versions of own taxonomies in a folder, for use without a database."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from nlp.own.bundle import Bundle, load_bundle
from nlp.own.model import TaxonomyError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VERSION = re.compile(r"[0-9a-f]{8}")
_CHOSEN = "chosen"
RESERVED = "general"
"""The taxonomy that is shipped; on signals an own one must not be taken for it."""


def is_name(name: str) -> bool:
    """Whether a taxonomy can have this name."""
    return _NAME.fullmatch(name) is not None and name.lower() != RESERVED


@dataclass(frozen=True)
class Library:
    """A folder of taxonomies: ``NAME/<version>/`` for each version, never changed once written.

    ``NAME/chosen`` names the version that answers: the last one that was fitted here or went
    live from here.
    """

    folder: Path

    def save(self, bundle: Bundle) -> str:
        """Keep a version, have it answer from now on, and give its hash."""
        name, version = bundle.taxonomy.name, bundle.taxonomy.version
        target = self.folder / name / version
        if not target.exists():
            # Beside the target and moved there whole: a torn version is never read.
            staging = target.with_name(f".{version}.{token_hex(4)}")
            bundle.save(staging)
            try:
                staging.rename(target)
            except OSError:  # another process was faster with the same content
                shutil.rmtree(staging)
        self._choose(name, version)
        return version

    def names(self) -> list[str]:
        """List the taxonomies."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{_CHOSEN}"))

    def versions(self, name: str) -> list[str]:
        """List the versions of a taxonomy, the oldest first."""
        found = [path for path in self._versions(name) if _VERSION.fullmatch(path.name)]
        return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]

    def chosen(self, name: str) -> str:
        """Tell which version answers.

        Raises
        ------
        TaxonomyError
            If there is none.
        """
        path = self.folder / name / _CHOSEN
        if not path.exists():
            known = ", ".join(self.names()) or "none yet"
            raise TaxonomyError(
                f"there is no taxonomy {name!r} in {self.folder} (there: {known}): fit one with "
                f"`throughline intents train EXAMPLES.jsonl --name {name}`"
            )
        return path.read_text().strip()

    def load(self, name: str, version: str | None = None) -> Bundle:
        """Read a version; the chosen one where none is named.

        Raises
        ------
        TaxonomyError
            If it is not there.
        """
        wanted = version or self.chosen(name)
        folder = self.folder / name / wanted
        if not folder.is_dir():
            there = ", ".join(self.versions(name)) or "none"
            raise TaxonomyError(f"there is no version {wanted} of {name!r} (there: {there})")
        return load_bundle(folder)

    def _versions(self, name: str) -> Iterator[Path]:
        folder = self.folder / name
        return folder.iterdir() if folder.is_dir() else iter(())

    def _choose(self, name: str, version: str) -> None:
        path = self.folder / name / _CHOSEN
        fresh = path.with_name(f".{_CHOSEN}.{token_hex(4)}")
        fresh.write_text(version + "\n")
        fresh.replace(path)
