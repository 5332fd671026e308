"""Pages of a file are given back, and read again when they are touched."""

import mmap
import sys
from pathlib import Path

import psutil
import pytest

from nlp.pages import give_back

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone")
SIZE = 64 * 1024 * 1024


def resident() -> int:
    """Give resident bytes: off by some MB, as the kernel adds up its processors now and then."""
    return int(psutil.Process().memory_info().rss)


def mapped(path: Path) -> mmap.mmap:
    path.write_bytes(bytes(range(256)) * (SIZE // 256))
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    assert sum(pages[::4096]) == 0
    return pages


def test_pages_of_a_folder_are_given_back_and_hold_the_same(tmp_path: Path) -> None:
    pages = mapped(tmp_path / "weights.bin")
    before = resident()
    assert give_back(tmp_path) == SIZE
    assert before - resident() > SIZE / 2
    assert pages[1000:1004] == bytes((232, 233, 234, 235))


def test_other_folders_and_pages_that_may_be_written_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    other = mapped(tmp_path / "weights.bin")
    assert give_back(tmp_path / "model") == 0
    path = tmp_path / "model" / "notes.bin"
    path.write_bytes(b"0" * 4096)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as copy:
        copy[0:3] = b"new"
        assert give_back(tmp_path / "model") == 0
        assert copy[0:3] == b"new"
    other.close()
