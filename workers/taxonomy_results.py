"""What stored conversations tell of a version, as jobs keep it and callers read it."""

from collections.abc import Sequence

from pydantic import JsonValue

from nlp.own.compare import Diff
from nlp.own.queue import Queued
from nlp.own.reading import OwnReading
from storage.taxonomies import TaxonomyVersion
from workers.taxonomy_read import Gaps

Written = dict[str, JsonValue]


def written_diff(before: TaxonomyVersion, after: TaxonomyVersion, found: Diff) -> Written:
    """Write what a version would change, the most frequent move first."""
    return {
        "before": before.version,
        "after": after.version,
        "threshold_before": before.description.get("threshold"),
        "threshold_after": after.description.get("threshold"),
        "conversations": found.conversations,
        "changed": found.changed,
        "unsure_before": round(found.unsure_before, 4),
        "unsure_after": round(found.unsure_after, 4),
        "moves": [
            {
                "before": move.before,
                "after": move.after,
                "count": move.count,
                "examples": [_reading(reading) for reading in move.examples],
            }
            for move in found.moves
        ],
    }


def written_queue(found: Sequence[Queued]) -> list[JsonValue]:
    """Write which conversations to label, the most worth first."""
    return [_reading(q.reading) | {"alike": q.volume, "worth": q.worth} for q in found]


def written_gaps(found: Gaps) -> Written:
    """Write which labels may be missing, the largest group first."""
    return {
        "unsure": found.unsure,
        "close_calls": found.close_calls,
        "close_share": round(found.close_share, 4),
        "items": [
            {
                "label": gap.name,
                "phrases": list(gap.phrases),
                "count": len(gap.places),
                "conversation_ids": [found.without[n].conversation_id for n in gap.places],
                "examples": [_reading(found.without[n]) for n in gap.shown],
            }
            for gap in found.groups
        ],
    }


def _reading(reading: OwnReading) -> Written:
    return {
        "conversation_id": reading.conversation_id,
        "channel": reading.channel,
        "turn": reading.turn,
        "text": reading.text,
        "label": reading.label,
        "probability": round(reading.probability, 4),
        "abstained": reading.abstained,
    }
