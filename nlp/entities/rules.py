"""spaCy without its neural part: a blank tokenizer and matchers.

spaCy's layer library imports torch where it is installed. Tagging needs none of it, so the
import is barred while spaCy loads; a test holds that tagging never pulls torch in.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def barred(*names: str) -> Iterator[None]:
    """Make modules that are not loaded yet look as if they were not installed."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with barred("torch", "cupy", "tensorflow", "mxnet"):
    import spacy
    from spacy.language import Language
    from spacy.pipeline import EntityRuler
    from spacy.tokens import Doc, Span, Token

__all__ = ["Doc", "EntityRuler", "Language", "Span", "Token", "spacy"]
