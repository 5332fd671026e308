"""The words of the work queue: what is to be done, how urgent it is, and who does it."""

from enum import IntEnum, StrEnum

from domain.base import Record, UtcDatetime


class Kind(StrEnum):
    """What is to be done."""

    TAG = "tag"
    """Read a conversation, then rebuild its neighbourhood. Subject: a conversation."""
    REBUILD = "rebuild"
    """Rebuild journeys. Subject: a conversation or an event."""
    RETAG = "retag"
    """Go on with a run that tags again. Subject: one part of the run."""
    REFIT = "refit"
    """Find themes anew. Subject: ``themes``, or ``themes:dry-run`` to only say what would be."""
    EMERGE = "emerge"
    """Look for new themes in what has none. Subject: ``themes``."""
    TAXONOMY = "taxonomy"
    """Train or measure an own taxonomy. Subject: a job, see ``storage.taxonomy_jobs``."""
    FIT = "fit"
    """Find the types of journeys and learn what comes next. Subject: ``journeys``."""


SLOW = (Kind.REFIT, Kind.EMERGE, Kind.TAXONOMY, Kind.FIT)
"""Takes minutes, and a process of its own."""
PROMPT = tuple(kind for kind in Kind if kind not in SLOW)
"""What those do that tag."""


class State(StrEnum):
    """Where a row of work stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    PARKED = "parked"
    """Failed too often: a dead letter, until a person replays it."""


class ItemState(StrEnum):
    """What became of one subject that a job waits for."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Priority(IntEnum):
    """Whom to serve first: somebody waits for a live conversation, nobody for an import."""

    LIVE = 0
    BATCH = 1
    LATER = 2
    BULK = 3
    """Reading again what was read: in small chunks, when there is nothing else to do."""


class Queue(StrEnum):
    """Which workers do it, the most urgent first."""

    LIVE = "live"
    INGEST = "ingest"
    BULK = "bulk"
    THEMES = "themes"
    """All that is slow: fits of themes, and of own taxonomies."""

    @property
    def priorities(self) -> tuple[Priority, ...]:
        """The priorities of its work; what is slow is told by its kind."""
        return _PRIORITIES[self]


_PRIORITIES = {
    Queue.LIVE: (Priority.LIVE,),
    Queue.INGEST: (Priority.BATCH, Priority.LATER),
    Queue.BULK: (Priority.BULK,),
    Queue.THEMES: tuple(Priority),
}
TAGGING = (Queue.LIVE, Queue.INGEST, Queue.BULK)
"""The queues of those that hold a tagger."""


class Claim(Record):
    """The right to work on one subject until the lease runs out."""

    id: int
    kind: Kind
    subject_id: str
    priority: Priority
    generation: int
    attempts: int
    """Counts this one."""
    token: str
    lease_until: UtcDatetime
    added_at: UtcDatetime
    trace: str | None = None
    """W3C ``traceparent`` of the call that asked last."""
    progress: int = 0
    """Turns of a long conversation that are read ahead; per cent of a fit."""
