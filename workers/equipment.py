"""All that the work needs, made once in the process that works."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from journey.policy import JourneyPolicy
from storage.database import Database
from storage.queues import TAGGING, Priority, Queue
from workers.hands import Hands
from workers.manners import Alone, Manners
from workers.tagging import Tagger
from workers.themes_live import LiveThemes
from workers.watch import Watch, WatchedTagger

LEASE_S = 60.0
"""A claim runs out so long after the last sign of life of who works on it."""
VECTOR_DAYS = 90.0


@dataclass(frozen=True)
class Pipeline:
    """All that the work needs."""

    database: Database
    tagger: Tagger
    policy: JourneyPolicy = field(default_factory=JourneyPolicy)
    worker: str = "embedded"
    """Who works, for the operator."""
    lease_seconds: float = LEASE_S
    vector_days: float = VECTOR_DAYS
    """How long cached vectors are kept."""
    watch: Watch = field(default_factory=Watch)
    """Is told what is done."""
    queues: tuple[Queue, ...] = TAGGING
    """What it takes work from."""
    stopping: Callable[[], bool] = lambda: False
    """Asked between portions; what is not begun is handed back then."""
    manners: Manners = field(default_factory=Alone)
    """Is told between steps, so that who waits for an answer of this process gets in."""
    hands: Hands = field(default_factory=Hands)
    """The threads of this process that work side by side."""

    @property
    def priorities(self) -> tuple[Priority, ...]:
        """What it may claim."""
        return tuple(priority for queue in self.queues for priority in queue.priorities)

    @cached_property
    def watched(self) -> Tagger:
        """The tagger, with its batches measured."""
        return WatchedTagger(self.tagger, self.watch, self.hands.model)

    @cached_property
    def themes(self) -> LiveThemes:
        """The live theme model, in memory once it is needed."""
        return LiveThemes()
