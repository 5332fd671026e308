"""The report counts every record once and lists what was refused."""

import json

from domain.conversation import Conversation
from domain.intake import Stored
from ingest.outcome import Item, Rejection
from ingest.report import MAX_LISTED, ImportReport

CONVERSATION = Conversation.model_validate(
    {"source": "desk", "source_id": "1", "channel": "chat", "started_at": "2026-03-02T09:00:00Z",
     "turns": [{"role": "customer", "text": "hi"}]}
)  # fmt: skip


def test_counts() -> None:
    report = ImportReport()
    report.add(Item(CONVERSATION, "a:1", {"quoted": 2, "clock_no_zone": 1}))
    report.add(Rejection("a:2", "at", "is missing"))
    report.add(Rejection("a#3", None, "merged", skipped=True))
    report.count(Stored.KEPT)
    found = report.to_dict()
    assert (found["read"], found["conversations"], found["turns"]) == (3, 1, 1)
    assert (found["kept"], found["updated"], found["duplicate"]) == (1, 0, 0)
    assert (found["rejected"], found["skipped"]) == (1, 1)
    assert found["cleaned"] == {"quoted": 2}
    assert found["repairs"] == {"clock_no_zone": 1}
    assert found["reasons"] == {"at: is missing": 1, "merged": 1}
    assert found["rejections"][0] == {
        "where": "a:2", "field": "at", "reason": "is missing", "skipped": False,
    }  # fmt: skip
    json.dumps(found)
    assert ("records", "rejected", 1) in report.rows()
    assert ("cleaned", "quoted", 2) in report.rows()


def test_a_flood_of_rejections_is_counted_and_not_kept() -> None:
    report = ImportReport()
    for number in range(10 * MAX_LISTED):
        report.add(Rejection(f"a:{number}", None, f"reason {number}"))
    assert report.rejected == 10 * MAX_LISTED
    assert len(report.rejections) == len(report.reasons) == MAX_LISTED
