"""A customer who asks to be forgotten is gone from the database, and stays away."""

import json
import re
from pathlib import Path

from tests.cli.conftest import Run

WORDS = "my umbrella arrived with a bent handle"


def talk(number: int, email: str, words: str) -> str:
    record = {
        "source": "desk",
        "source_id": str(number),
        "channel": "email",
        "started_at": f"2026-03-0{number}T10:00:00Z",
        "identifiers": [f"email:{email}"],
        "turns": [{"role": "customer", "text": words}],
    }
    return json.dumps(record)


def test_a_forgotten_customer_is_gone_with_their_words_and_does_not_come_back(
    throughline: Run, tmp_path: Path
) -> None:
    export = tmp_path / "talks.jsonl"
    lines = [talk(1, "ann@shop.example", WORDS), talk(2, "ann@shop.example", WORDS + " again")]
    export.write_text("\n".join([*lines, talk(3, "bob@shop.example", "where is my parcel")]))
    assert throughline("ingest", str(export)).returncode == 0

    refused = throughline("forget", "email:ann@shop.example", given="n\n")
    assert refused.returncode == 1
    assert throughline("context", "email:ann@shop.example").returncode == 0

    done = throughline("forget", "email:ann@shop.example", "--yes")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^conversations +2$", done.stdout, re.MULTILINE)
    assert "umbrella" not in done.stdout + done.stderr
    left = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert b"umbrella" not in left
    assert b"ann@shop.example" not in left
    assert throughline("context", "email:ann@shop.example").returncode == 2
    assert throughline("context", "email:bob@shop.example").returncode == 0

    again = throughline("ingest", str(export), "--no-tag", "--json")
    report = json.loads(again.stdout)
    assert (report["kept"], report["duplicate"], report["erased"]) == (0, 1, 2)
    assert throughline("forget", "email:ann@shop.example", "--yes").returncode == 2


def test_a_customer_whom_nobody_has_read_yet_can_be_forgotten(
    throughline: Run, tmp_path: Path
) -> None:
    export = tmp_path / "talks.jsonl"
    export.write_text(talk(1, "ann@shop.example", WORDS))
    assert throughline("ingest", str(export), "--no-tag").returncode == 0
    done = throughline("forget", "email:ann@shop.example", "--yes")
    assert done.returncode == 0, done.stderr
    assert b"umbrella" not in (tmp_path / "test.db").read_bytes()
    assert "nobody is known" in throughline("forget", "desk:1", "--yes").stderr
