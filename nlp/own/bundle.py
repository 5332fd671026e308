"""A version as it is kept: what was fitted, and what it was fitted on."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from domain.redaction import redacted
from nlp.own.labels import Labelled
from nlp.own.model import OwnTaxonomy, load_taxonomy
from nlp.redact.redact import redact_text

_EXAMPLES, _DESCRIPTIONS = "examples.jsonl", "descriptions.json"
_AGES_AGO = (1980, 1, 1, 0, 0, 0)
"""Moment of each file in the archive, so that the same content is the same bytes."""


@dataclass(frozen=True)
class Bundle:
    """A fitted taxonomy with its training data.

    Attributes
    ----------
    taxonomy : OwnTaxonomy
    examples : tuple of (text, label) or (text, labels)
        With everyday words in the place of identifiers, as the encoder reads them; those that
        came with the training file, without corrections, which stay in the database.
    descriptions : mapping of str to str
        What labels mean, where it was fitted on that alone.
    """

    taxonomy: OwnTaxonomy
    examples: tuple[Labelled, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        self.taxonomy.save(folder)
        (folder / _EXAMPLES).write_bytes(b"".join(map(_line, self.examples)))
        (folder / _DESCRIPTIONS).write_text(json.dumps(dict(self.descriptions)) + "\n")

    def to_bytes(self) -> bytes:
        """Write it as one zip archive."""
        file = io.BytesIO()
        with TemporaryDirectory() as name, zipfile.ZipFile(file, "w") as archive:
            self.save(Path(name))
            for path in sorted(Path(name).iterdir()):
                info = zipfile.ZipInfo(path.name, _AGES_AGO)
                archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
        return file.getvalue()


def load_bundle(folder: Path) -> Bundle:
    """Read what :meth:`Bundle.save` wrote.

    Raises
    ------
    TaxonomyError
        If there is none.
    """
    taxonomy = load_taxonomy(folder)
    rows = map(orjson.loads, (folder / _EXAMPLES).read_bytes().splitlines())
    examples = tuple((row["text"], row.get("label") or tuple(row["labels"])) for row in rows)
    return Bundle(taxonomy, examples, json.loads((folder / _DESCRIPTIONS).read_text()))


def bundle_of(data: bytes) -> Bundle:
    """Read what :meth:`Bundle.to_bytes` wrote."""
    with TemporaryDirectory() as name, zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(name)
        return load_bundle(Path(name))


def without_identifiers(examples: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """Put everyday words in the place of identifiers, as the encoder reads them."""
    return tuple((redacted(text, redact_text(text).plain), labels) for text, labels in examples)


def _line(example: Labelled) -> bytes:
    text, labels = example
    key = "label" if isinstance(labels, str) else "labels"
    return orjson.dumps({"text": text, key: labels}, option=orjson.OPT_APPEND_NEWLINE)
