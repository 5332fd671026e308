"""The import-quality report: what was read, what was mended, what was refused and why."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from domain.conversation import Conversation
from domain.intake import Stored
from ingest.outcome import Cleaned, Item, Outcome, Rejection

MAX_LISTED = 200
"""Rejections that are listed one by one; more are only counted, by reason."""
_CLEANED = frozenset(kind.value for kind in Cleaned)


@dataclass
class ImportReport:
    """Counts of one import. It takes what reading gives and what storing answers."""

    conversations: int = 0
    events: int = 0
    turns: int = 0
    stored: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    skipped: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    """Rejections and skipped records by reason."""
    cleaned: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """Records met: good ones, refused ones and those left out on purpose."""
        return self.conversations + self.events + self.rejected + self.skipped

    def add(self, outcome: Outcome) -> None:
        """Take what reading gave."""
        if isinstance(outcome, Rejection):
            self._refuse(outcome)
        else:
            self._accept(outcome)

    def count(self, stored: Stored) -> None:
        """Take what storing answered."""
        self.stored[stored.value] += 1

    def _refuse(self, rejection: Rejection) -> None:
        if rejection.skipped:
            self.skipped += 1
        else:
            self.rejected += 1
        reason = f"{rejection.field}: {rejection.reason}" if rejection.field else rejection.reason
        if reason in self.reasons or len(self.reasons) < MAX_LISTED:
            self.reasons[reason] += 1
        if len(self.rejections) < MAX_LISTED:
            self.rejections.append(rejection)

    def _accept(self, item: Item) -> None:
        if isinstance(item.record, Conversation):
            self.conversations += 1
            self.turns += len(item.record.turns)
        else:
            self.events += 1
        self.sources[item.record.source] += 1
        for kind, count in item.repairs.items():
            (self.cleaned if kind in _CLEANED else self.repairs)[kind] += count

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain JSON values, for the API and for files."""
        return {
            "read": self.read,
            "conversations": self.conversations,
            "events": self.events,
            "turns": self.turns,
            **{kind.value: self.stored[kind.value] for kind in Stored},
            "rejected": self.rejected,
            "skipped": self.skipped,
            "sources": dict(sorted(self.sources.items())),
            "cleaned": dict(sorted(self.cleaned.items())),
            "repairs": dict(sorted(self.repairs.items())),
            "reasons": dict(self.reasons.most_common()),
            "rejections": [_listed(rejection) for rejection in self.rejections],
            "rejections_listed": len(self.rejections),
        }

    def rows(self) -> list[tuple[str, str, int]]:
        """Give the report as rows of (group, name, count), for a table."""
        rows = [("records", "read", self.read)]
        rows += [("records", kind.value, self.stored[kind.value]) for kind in Stored]
        rows += [("records", "rejected", self.rejected), ("records", "skipped", self.skipped)]
        rows += [
            ("contents", "conversations", self.conversations),
            ("contents", "turns", self.turns),
        ]
        rows += [("contents", "events", self.events)]
        for group, counts in (("cleaned", self.cleaned), ("repairs", self.repairs)):
            rows += [(group, name, count) for name, count in sorted(counts.items())]
        return rows


def _listed(rejection: Rejection) -> dict[str, Any]:
    return {
        "where": rejection.where,
        "field": rejection.field,
        "reason": rejection.reason,
        "skipped": rejection.skipped,
    }
