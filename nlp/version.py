"""Versions by content: what changes an answer changes the version."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

_HERE = Path(__file__).parent
_RULES = (
    "acts.py",
    "closing.py",
    "cues/*.py",
    "cues/*.yaml",
    "cut.py",
    "endings.py",
    "intents.py",
    "language.py",
    "read.py",
    "reading.py",
    "rollup.py",
    "sentences.py",
    "sentiment.py",
    "summary.py",
    "vectors.py",
    "entities/*.py",
    "redact/*.py",
    "outcome.py",
    "resolution.py",
    "satisfaction/*.py",
    "say/*.py",
    "taxonomies/products.yaml",
)


def rules_version() -> str:
    """Hash the modules that hold rules, 8 hexadecimal digits."""
    rules = [path for pattern in _RULES for path in sorted(_HERE.glob(pattern))]
    return files_version([*rules, *sorted((_HERE.parent / "domain").glob("days.*"))])


def files_version(paths: Iterable[Path]) -> str:
    """Hash files by content, 8 hexadecimal digits."""
    return short_hash(path.read_bytes() for path in paths)


def short_hash(parts: Iterable[bytes]) -> str:
    """Hash parts in order, 8 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:8]
