"""USS (Sun et al. 2021) as it is read: rated turns of dialogues with what is known of each.

The raters judged each user turn by the talk before it. ``before`` therefore holds no word
of the turn itself, as the published baselines do; ``own`` is the turn, which the product
reads too. A turn's rating is the mean of its raters.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.conversation import Role, Turn
from eval.datasets import rows as data_rows
from eval.prepare import read
from eval.satisfaction import Doubles, endings
from eval.talks import talk
from nlp.endings import LAST_TURNS, EndingReader, Stand
from nlp.heads import Floats, load_head
from nlp.intents import IntentReader
from nlp.language import LanguageReading
from nlp.read import ConversationRead, TurnRead
from nlp.redact.redact import redact_text
from nlp.resolution import resolve
from nlp.satisfaction.features import NAMES, features
from nlp.sentiment import read_moods
from nlp.tagger import WEIGHTS
from nlp.taxonomy import general
from nlp.vectors import Vectors

OVERALL = "OVERALL"
_ENGLISH = LanguageReading("en", 1.0, None)


@dataclass(frozen=True)
class Rated:
    """What is known and read at each rated turn of a set, one row a turn.

    Attributes
    ----------
    dialogue : int array of shape (N,)
    rating : float array of shape (N,)
        Mean of the raters.
    most : int array of shape (N,)
        The rating that most raters gave, the lower of two.
    last : bool array of shape (N,)
        Whether it rates the dialogue as a whole.
    ours : array of shape (N, n_features)
        Features of what ships, of the talk with the turn itself.
    before, own : arrays of shape (N, ...)
        Vectors of the talk before the turn, and of the turn itself.
    """

    dialogue: NDArray[np.int64]
    rating: Doubles
    most: NDArray[np.int64]
    last: NDArray[np.bool_]
    ours: Floats
    before: Floats
    own: Floats


def rated(vectors: Vectors, name: str) -> Rated:
    """Read a set."""
    dialogues = [row["turns"] for row in data_rows(f"satisfaction/uss_{name}")]
    spoken = [t["text"] for turns in dialogues for t in turns if t["text"] != OVERALL]
    known = iter(_turns(vectors, [text or "." for text in spoken], dialogues))
    heads = endings(vectors.spaces)
    parts = [
        _dialogue(number, turns, [next(known) for t in turns if t["text"] != OVERALL], heads)
        for number, turns in enumerate(dialogues)
    ]
    columns = zip(*(row for part in parts for row in part), strict=True)
    return Rated(*(np.asarray(list(column)) for column in columns))


def texts_before(name: str) -> list[str]:
    """Give the talk before each rated turn in one string, in the order of `rated`.

    The published feature-based baselines read it so, both sides' words alike.
    """
    found = []
    for row in data_rows(f"satisfaction/uss_{name}"):
        spoken = [t["text"] for t in row["turns"] if t["text"] != OVERALL]
        places = (place for place, turn in enumerate(row["turns"]) if turn["ratings"])
        found += [" ".join(text.strip() for text in spoken[:place]) for place in places]
    return found


def _turns(
    vectors: Vectors, texts: Sequence[str], dialogues: Sequence[Sequence[dict[str, Any]]]
) -> list[TurnRead]:
    """Read all turns with the heads of intents and sentiment, as the tagger does."""
    roles = [
        Role.CUSTOMER if turn["role"] == "user" else Role.AGENT
        for turns in dialogues
        for turn in turns
        if turn["text"] != OVERALL
    ]
    made = read(vectors, texts, "uss")
    tuned = read(vectors, texts, "uss", vectors.signals)
    by_space = {vectors.space: made, vectors.signals: tuned}
    reader, head = (
        IntentReader(load_head(WEIGHTS, "general", vectors.spaces), general()),
        load_head(WEIGHTS, "sentiment", vectors.spaces),
    )
    intents = reader.read(by_space[reader.space])
    moods = read_moods(head, by_space[head.space])
    return [
        TurnRead(
            position=0,
            turn=Turn(role=role, text=text),
            hidden=redact_text(text),
            vectors=vector,
            by_space={vectors.space: vector, vectors.signals: other},
            entities=(),
            language=_ENGLISH,
            understood=True,
            intents=intent if role is Role.CUSTOMER else None,
            mood=mood if role is Role.CUSTOMER else None,
        )
        for role, text, vector, other, intent, mood in zip(
            roles, texts, made, tuned, intents, moods, strict=True
        )
    ]


def _dialogue(
    number: int,
    turns: Sequence[dict[str, Any]],
    spoken: Sequence[TurnRead],
    heads: EndingReader,
) -> list[tuple[object, ...]]:
    """Give a row for each rated turn of a dialogue."""
    placed = [replace(turn, position=place) for place, turn in enumerate(spoken)]
    stands = [heads.read([turn]) for turn in placed]
    conversation = talk(number, [(turn.turn.role, turn.turn.text) for turn in placed])
    found: list[tuple[object, ...]] = []
    for place, turn in ((n, turn) for n, turn in enumerate(turns) if turn["ratings"]):
        whole = turn["text"] == OVERALL
        until = min(place + 1, len(placed))
        prefix = ConversationRead(
            conversation.model_copy(update={"turns": conversation.turns[:until]}),
            (),
            tuple(placed[:until]),
            _ENGLISH,
            (),
        )
        told = [stand for part in stands[:until][-LAST_TURNS:] for stand in part]
        before, own = _context(placed[:until] if whole else placed[:place], placed[until - 1])
        found.append(
            (
                number,
                float(np.mean(turn["ratings"])),
                _most(turn["ratings"]),
                whole,
                _ours(prefix, told),
                before,
                own,
            )
        )
    return found


def _ours(prefix: ConversationRead, stands: Sequence[Stand]) -> Floats:
    row = features(prefix, resolve(prefix.conversation, stands), stands)
    return np.array([row[name] for name in NAMES], np.float32)


def _context(turns: Sequence[TurnRead], turn: TurnRead) -> tuple[Floats, Floats]:
    """Give the last turn and the mean of each side, and the turn itself."""
    width = turn.vectors.sentences.shape[1]
    parts = [np.array([np.log1p(len(turns))], np.float32)]
    for role in (Role.CUSTOMER, Role.AGENT):
        said = [
            t.vectors.whole for t in turns if t.turn.role is role and t.vectors.whole is not None
        ]
        zero = np.zeros(width, np.float32)
        parts += [said[-1], np.mean(said, axis=0)] if said else [zero, zero]
    own = turn.vectors.whole
    return np.concatenate(parts), np.zeros(width, np.float32) if own is None else own


def _most(ratings: Sequence[int]) -> int:
    counts = Counter(ratings)
    return min(counts, key=lambda rating: (-counts[rating], rating))
