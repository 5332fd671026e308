"""Which turns of the sample are labelled apart from any model of ours, fixed by a seed.

``python -m eval.labels.pick FOLDER`` writes two sheets to label from: ``turns.json`` (300
turns of the frozen split, as they come) and ``cues.json`` (200 turns of other conversations,
half of them with a word that a cue could hang on, so that there is something to find). The
sheets hold text of the sample only; nothing that a model said is on them.
"""

import json
import random
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from domain.conversation import Conversation, Role, Turn
from ingest.outcome import Item
from ingest.read import read_paths

SEED = 20261123
TURNS = 300
CUES = 200
EXPORTS = Path("samples/exports")
_NET = re.compile(
    r"\b(again|already|still|wait\w*|hold|transfer\w*|passed|time|times|tried|try|keep|ago|"
    r"will|'ll|shall|promise\w*|by|within|today|tomorrow|soon|urgent\w*|asap|immediately|now|"
    r"need|deadline|before)\b",
    re.IGNORECASE,
)
"""Wide on purpose: it only decides what is looked at, not what is true."""


def conversations(splits: Sequence[str]) -> list[Conversation]:
    """Read the sample's conversations, in the order of their ids."""
    outcomes = read_paths([EXPORTS / split for split in splits])
    records = [outcome.record for outcome in outcomes if isinstance(outcome, Item)]
    found = {r.id: r for r in records if isinstance(r, Conversation)}
    return [found[id_] for id_ in sorted(found)]


def spoken(conversation: Conversation) -> list[int]:
    """Give the positions of what customers and agents said in public."""
    return [
        position
        for position, turn in enumerate(conversation.turns)
        if turn.public and turn.role in (Role.CUSTOMER, Role.AGENT) and turn.body.strip()
    ]


def pick() -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Draw the turns: conversation id to positions, as they come and for cues."""
    draw = random.Random(SEED)  # noqa: S311 (a draw, not a secret)
    frozen = conversations(["frozen"])
    draw.shuffle(frozen)
    turns: dict[str, list[int]] = {}
    while frozen and sum(map(len, turns.values())) < TURNS:
        conversation = frozen.pop()
        missing = TURNS - sum(map(len, turns.values()))
        turns[conversation.id] = spoken(conversation)[:missing]
    return turns, _cues(frozen, draw)


def _cues(rest: Iterable[Conversation], draw: random.Random) -> dict[str, list[int]]:
    places = [(c, position) for c in rest for position in spoken(c)]
    draw.shuffle(places)
    caught = [p for p in places if _NET.search(p[0].turns[p[1]].body)]
    others = [p for p in places if p not in caught]
    half = CUES // 2
    taken = caught[:half] + others[:half]
    taken += caught[half : half + CUES - len(taken)]
    cues: dict[str, list[int]] = {}
    for conversation, position in taken:
        cues.setdefault(conversation.id, []).append(position)
    return {id_: sorted(positions) for id_, positions in sorted(cues.items())}


def sheet(places: dict[str, list[int]], known: dict[str, Conversation]) -> list[object]:
    """Show whole conversations with the turns to label marked."""
    return [
        {
            "conversation": id_,
            "channel": known[id_].channel,
            "subject": known[id_].subject,
            "turns": [
                _shown(position, turn, position in positions)
                for position, turn in enumerate(known[id_].turns)
            ],
        }
        for id_, positions in places.items()
    ]


def _shown(position: int, turn: Turn, to_label: bool) -> dict[str, object]:
    shown: dict[str, object] = {"position": position, "role": turn.role, "text": turn.body}
    if not turn.public:
        shown["internal"] = True
    if to_label:
        shown["label"] = True
    return shown


def main() -> None:
    """Write the two sheets into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    known = {c.id: c for c in conversations(["frozen"])}
    for name, places in zip(("turns", "cues"), pick(), strict=True):
        content = json.dumps(sheet(places, known), ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
