"""The sample is what its source says: committed exports, each contact once, nothing later."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.conversation import Conversation
from samples.contact import contacts_of
from samples.ids import SOURCES, source_id
from samples.render import HERE, SPLITS, render, write
from samples.source_format import load_split

Files = dict[str, str]
COUNTS = {"tuning": 24, "frozen": 40}


@pytest.fixture(scope="module", params=SPLITS)
def split(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def files(split: str) -> Files:
    return render(split)


def _below(files: Files, split: str, folder: str) -> Files:
    start = f"exports/{split}/{folder}/"
    return {name.removeprefix(start): text for name, text in files.items() if start in name}


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def _exported_ids(files: Files, split: str) -> Iterator[tuple[str, str]]:
    """Read each export the way a stranger would, and list its contacts."""
    zendesk = _below(files, split, "zendesk")
    tickets = {
        (ticket["id"], ticket["generated_timestamp"]): ticket["tags"]
        for name, text in zendesk.items()
        if name.startswith("tickets_")
        for ticket in json.loads(text)["tickets"]
    }
    for (identity, _), tags in tickets.items():
        if "closed_by_merge" not in tags:
            yield "zendesk", str(identity)
    for row in _lines(_below(files, split, "intercom")["conversations.jsonl"]):
        yield "intercom", row["id"]
    for name, text in _below(files, split, "contact_lens").items():
        if name != "contact_records.jsonl":
            identity = json.loads(text)["CustomerMetadata"]["ContactId"]
            assert name.startswith(f"{identity}_analysis_")
            yield "contact_lens", identity
    for folder, source in (("whisperx", "whisper"), ("vtt", "webvtt"), ("srt", "srt")):
        for name, text in _below(files, split, folder).items():
            if name.endswith(".meta.json"):
                yield source, json.loads(text)["source_id"]
    for line in _below(files, split, "canonical")["conversations.jsonl"].splitlines():
        conversation = Conversation.model_validate_json(line)
        yield conversation.source, conversation.source_id
    table = csv.DictReader(io.StringIO(_below(files, split, "csv")["conversations.csv"]))
    yield from dict.fromkeys(("csv", row["conversation_id"]) for row in table)


def test_what_is_committed_is_what_the_renderer_gives(split: str, files: Files) -> None:
    for name, text in files.items():
        assert (HERE / name).read_bytes().decode() == text, f"render again: {name}"
    stored = {
        path.relative_to(HERE).as_posix()
        for path in (HERE / "exports" / split).rglob("*")
        if path.is_file()
    }
    assert stored == {name for name in files if name.startswith("exports/")}


def test_each_contact_stands_once_in_exports_and_truth(split: str, files: Files) -> None:
    wanted = Counter(
        (SOURCES[c.source.format], source_id(c.source.format, c.key))
        for c in contacts_of(load_split(HERE / "source" / split))
    )
    assert max(wanted.values()) == 1
    assert Counter(_exported_ids(files, split)) == wanted
    truth = json.loads(files[f"truth/{split}.json"])
    assert Counter((c["source"], c["source_id"]) for c in truth["contacts"]) == wanted
    in_issues = Counter(key for issue in truth["issues"] for key in issue["contacts"])
    assert in_issues == Counter(c["key"] for c in truth["contacts"])


def test_the_sample_has_its_size(split: str, files: Files) -> None:
    truth = json.loads(files[f"truth/{split}.json"])
    assert len(truth["persons"]) == COUNTS[split]
    assert len({c["brand"] for c in truth["contacts"]}) == 3


def test_shown_identifiers_belong_to_the_customer(files: Files, split: str) -> None:
    truth = json.loads(files[f"truth/{split}.json"])
    owned = {person["customer"]: set(person["identifiers"]) for person in truth["persons"]}
    for contact in truth["contacts"]:
        assert set(contact["shows"]) <= owned[contact["customer"]], contact["key"]


def test_no_customer_is_in_both_splits() -> None:
    names = [
        {customer.name for b in load_split(HERE / "source" / s) for customer in b.customers}
        for s in SPLITS
    ]
    assert not names[0] & names[1]


def test_repeat_truth_grows_with_the_window(files: Files, split: str) -> None:
    truth = json.loads(files[f"truth/{split}.json"])
    for contact in truth["contacts"]:
        by_window = contact["repeated_within_hours"]
        states = [by_window[hours] for hours in sorted(by_window, key=int)]
        order = [("yes", "no", "open").index(state) for state in states]
        # Once yes, always yes; once the window outlasts the export, it stays open.
        first_yes = states.index("yes") if "yes" in states else len(states)
        assert all(state == "yes" for state in states[first_yes:])
        assert order[:first_yes] == sorted(order[:first_yes])


def test_a_ticket_comes_twice_and_a_merged_one_says_so(files: Files, split: str) -> None:
    pages = [json.loads(t) for n, t in sorted(files.items()) if "/tickets_" in n]
    rows = [(t["id"], t["generated_timestamp"]) for page in pages for t in page["tickets"]]
    assert Counter(Counter(rows).values())[2] == 1
    assert [page["end_of_stream"] for page in pages] == [False] * (len(pages) - 1) + [True]
    stamps = [stamp for _, stamp in rows]
    assert stamps == sorted(stamps)
    merged = {str(t["id"]) for p in pages for t in p["tickets"] if "closed_by_merge" in t["tags"]}
    truth = json.loads(files[f"truth/{split}.json"])
    assert merged == {row["source_id"] for row in truth["not_contacts"]}
    assert len(merged) == (1 if split == "tuning" else 0)


def test_zendesk_ids_are_unique_and_the_description_is_the_first_comment(
    files: Files, split: str
) -> None:
    zendesk = _below(files, split, "zendesk")
    comments = _lines(zendesk["comments.jsonl"])
    audits = _lines(zendesk["audits.jsonl"])
    assert len({c["id"] for c in comments}) == len(comments)
    assert len({a["id"] for a in audits}) == len(audits)
    users = {user["id"]: user for user in json.loads(zendesk["users.json"])["users"]}
    assert {c["author_id"] for c in comments} <= users.keys() | {-1}
    addresses = [user["email"] for user in users.values() if user["role"] == "end-user"]
    assert len(set(addresses)) == len(addresses)
    first: dict[int, str] = {}
    for comment in comments:
        first.setdefault(comment["ticket_id"], comment["body"])
    for name, text in zendesk.items():
        if name.startswith("tickets_"):
            for ticket in json.loads(text)["tickets"]:
                assert ticket["description"] == first[ticket["id"]]


def test_old_exports_are_removed_and_others_written(tmp_path: Path) -> None:
    stale = tmp_path / "exports" / "tuning" / "vtt" / "gone.vtt"
    stale.parent.mkdir(parents=True)
    stale.write_text("WEBVTT\n")
    found = write("tuning", tmp_path)
    assert not stale.exists()
    assert all((tmp_path / name).exists() for name in found)
