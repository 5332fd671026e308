"""Token windows: how a text of any length is laid before an encoder of fixed length."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

OVERLAP = 32
"""Tokens that two neighbouring windows share."""
MAX_WINDOWS = 64
"""Windows read of one text, about 10,000 words; longer ones are sampled evenly and say so."""
_FEW = 8
"""Texts that are cut sooner than threads could be woken up for it."""


@dataclass(frozen=True)
class Windows:
    """The windows of one text.

    Attributes
    ----------
    ids : tuple of int64 arrays, each of shape (n_tokens,)
        Special tokens included; at least one window.
    covered : float
        Share of the text's tokens that the windows hold, 0 to 1.
    """

    ids: tuple[NDArray[np.int64], ...]
    covered: float


class Windower:
    """Cuts texts into windows. Single = batch of one."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, path: Path, max_tokens: int) -> "Windower":
        """Read a ``tokenizer.json``; ``max_tokens`` counts special tokens."""
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        # Text is data: "[SEP]" or "</s>" in a message is what was written, no mark of structure.
        tokenizer.encode_special_tokens = True
        tokenizer.enable_truncation(max_tokens, stride=min(OVERLAP, max_tokens // 4))
        return cls(tokenizer)

    def __call__(self, texts: Sequence[str]) -> list[Windows]:
        """Cut texts, of any length, into windows."""
        if len(texts) < _FEW:
            return [_windows(self._tokenizer.encode(text)) for text in texts]
        return [_windows(encoding) for encoding in self._tokenizer.encode_batch(list(texts))]


def _windows(encoding: Encoding) -> Windows:
    pieces = [encoding, *encoding.overflowing]
    kept = pieces
    if len(pieces) > MAX_WINDOWS:
        places = np.linspace(0, len(pieces) - 1, MAX_WINDOWS).round().astype(int)
        kept = [pieces[place] for place in places]
    ids = tuple(np.asarray(piece.ids, dtype=np.int64) for piece in kept)
    return Windows(ids, len(kept) / len(pieces))
