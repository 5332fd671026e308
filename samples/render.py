"""Render the sample: ``python -m samples.render`` writes exports and truth from the source."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from samples.contact import Contact, contacts_of, happenings_of
from samples.ids import as_json
from samples.known_truth import truth
from samples.source_format import SourceError, load_split
from samples.writers import contact_lens, events, intercom, plain, subtitles, whisperx, zendesk

HERE = Path(__file__).parent
SPLITS = ("tuning", "frozen")
Files = Iterator[tuple[str, str]]
WRITERS: dict[str, Callable[[Sequence[Contact]], Files]] = {
    "zendesk": zendesk.files,
    "intercom": intercom.files,
    "contact_lens": contact_lens.files,
    "whisperx": whisperx.files,
    "vtt": subtitles.vtt_files,
    "srt": subtitles.srt_files,
    "canonical": plain.canonical_files,
    "csv": plain.csv_files,
}


def render(split: str) -> dict[str, str]:
    """Render a split.

    Parameters
    ----------
    split : str
        Its folder in ``source/``.

    Returns
    -------
    dict of str to str
        Path below the folder of the sample -> content.

    Raises
    ------
    SourceError
        If a source file breaks the format.
    """
    businesses = load_split(HERE / "source" / split)
    contacts = contacts_of(businesses)
    found: dict[str, str] = {}
    for format_name, write in WRITERS.items():
        rows = [contact for contact in contacts if contact.source.format == format_name]
        found |= {f"exports/{split}/{path}": text for path, text in write(rows) if rows}
    happenings = happenings_of(businesses)
    found |= {f"exports/{split}/{path}": text for path, text in events.files(happenings)}
    found[f"truth/{split}.json"] = as_json(truth(businesses, contacts))
    return found


def write(split: str, root: Path = HERE) -> dict[str, str]:
    """Render a split into a folder and remove exports that are no longer rendered."""
    found = render(split)
    for path in sorted((root / "exports" / split).rglob("*")):
        if path.is_file() and path.relative_to(root).as_posix() not in found:
            path.unlink()
    for name, text in found.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return found


def main() -> int:
    """Render both splits, or those named on the command line."""
    try:
        for split in sys.argv[1:] or SPLITS:
            names = Counter(name.split("/")[2] for name in write(split) if name.count("/") > 1)
            sys.stdout.write(f"{split}: {dict(sorted(names.items()))}\n")
    except SourceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
