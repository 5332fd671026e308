"""Taggers for ``THROUGHLINE_TAGGER``: the real one behind a gate, and one for poison."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from domain.conversation import Conversation
from settings import Settings
from storage.database import Database
from tests.workers.tiny_tagger import TinyTagger
from workers.model import load_tagger
from workers.tagging import Tagged, Tagger

GATE = "FAULTS_GATE"
"""Names a folder: while it holds ``closed``, no answer is given. ``waiting`` tells that there is
one, ``read`` which were let through."""
BREAKS, KILLS = "breaksthetagger", "killstheworker"
"""Words of a text that no tagger can stand."""


class Behind:
    """The real tagger; what it has read waits until the gate opens."""

    def __init__(self, tagger: Tagger, gate: Path) -> None:
        self._tagger, self._gate = tagger, gate

    @property
    def version(self) -> str:
        """The real one's."""
        return self._tagger.version

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> Sequence[Tagged]:
        """Read, wait at the gate, and note whose answers were let through."""
        answers = self._tagger.tag(conversations, needs=needs)
        (self._gate / "waiting").touch()
        while (self._gate / "closed").exists():
            time.sleep(0.05)
        with (self._gate / "read").open("a") as log:
            log.writelines(f"{os.getpid()} {conversation.id}\n" for conversation in conversations)
        return answers


class Poisoned:
    """A tagger that some words make fail, and others kill with its process."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    @property
    def version(self) -> str:
        """That of the one inside."""
        return self._tagger.version

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> Sequence[Tagged]:
        """Read what can be stood."""
        said = " ".join(turn.text for one in conversations for turn in one.turns)
        if KILLS in said:
            os.kill(os.getpid(), signal.SIGKILL)
        if BREAKS in said:
            raise RuntimeError(said)
        return self._tagger.tag(conversations, needs=needs)


def behind(settings: Settings, database: Database) -> Tagger:
    """Load the real tagger behind the gate of this process's environment."""
    return Behind(load_tagger(settings, database), Path(os.environ[GATE]))


def poisoned(_settings: Settings, _database: Database) -> Tagger:
    """Give a tagger with its poison; it needs no model, as its process is killed many times."""
    return Poisoned(TinyTagger())
