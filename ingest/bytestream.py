"""Bytes of a file as clean UTF-8: unpacked, without BOM or NUL, other encodings turned."""

import codecs
import gzip
import io
from pathlib import Path
from typing import BinaryIO, cast

from charset_normalizer import from_bytes

from ingest.outcome import Repair, Tally

CHUNK = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings that support systems really export in. Guessing among all that exist reads
# short texts as the rarest of them.
_CANDIDATES = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "shift_jis", "gb18030", "big5", "euc_kr", "koi8_r", "cp850",
]  # fmt: skip


def open_clean(path: Path, tally: Tally) -> BinaryIO:
    """Open a file, packed with gzip or not, as clean UTF-8 bytes.

    Lines that are not UTF-8 are read in the encoding that fits them best, and counted.

    Parameters
    ----------
    path : Path
        The file. Whether it is packed is told from its first bytes.
    tally : Counter
        Takes counts of encoding repairs and NUL characters.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    raw = path.open("rb")
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    inner = cast("BinaryIO", gzip.GzipFile(fileobj=raw, mode="rb")) if packed else raw
    return io.BufferedReader(_Clean(inner, raw, tally), CHUNK)


class _Clean(io.RawIOBase):
    """A raw stream that hands out clean UTF-8, chunk by chunk."""

    def __init__(self, inner: BinaryIO, file: BinaryIO, tally: Tally) -> None:
        self._inner = inner
        self._file = file
        self._tally = tally
        self._decoder: codecs.IncrementalDecoder | None = None
        self._started = False
        self._rest = b""  # bytes of a character or line that goes on in the next chunk
        self._ready = b""
        self._guess: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._ready:
            raw = self._inner.read(CHUNK)
            self._ready = self._clean(raw, last=not raw)
            if not raw and not self._ready:
                return 0
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._file.close()
        super().close()

    def _clean(self, raw: bytes, *, last: bool) -> bytes:
        if not self._started:
            raw = self._start(raw)
        text = self._decoder.decode(raw, last) if self._decoder else self._utf8(raw, last)
        if "\0" in text:
            self._tally[Repair.NUL] += text.count("\0")
            text = text.replace("\0", "")
        return text.encode("utf-8", "replace")

    def _start(self, raw: bytes) -> bytes:
        self._started = True
        for bom, name in _BOMS:
            if raw.startswith(bom):
                raw = raw[len(bom) :]
                self._use(name)
                return raw
        self._use(_utf16_without_bom(raw))
        return raw

    def _use(self, name: str) -> None:
        if name != "utf-8":
            self._tally[Repair.ENCODING] += 1
            self._decoder = codecs.getincrementaldecoder(name)("replace")

    def _utf8(self, raw: bytes, last: bool) -> str:
        data = self._rest + raw
        try:
            text, used = codecs.utf_8_decode(data, "strict", last)
        except UnicodeDecodeError:
            return self._line_by_line(data, last)
        self._rest = data[used:]
        return text

    def _line_by_line(self, data: bytes, last: bool) -> str:
        end = len(data) if last else data.rfind(b"\n") + 1
        if end == 0 and len(data) < 8 * CHUNK:
            self._rest = data  # one long line: wait for its end before judging it
            return ""
        end = end or len(data)
        self._rest = data[end:]
        return "".join(self._line(line) for line in data[:end].splitlines(keepends=True))

    def _line(self, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self._tally[Repair.ENCODING] += 1
            return line.decode(self._guessed(line), "replace")

    def _guessed(self, line: bytes) -> str:
        if self._guess is None:
            best = from_bytes(line[:CHUNK], cp_isolation=_CANDIDATES).best()
            self._guess = best.encoding if best else "cp1252"
        return self._guess


def _utf16_without_bom(raw: bytes) -> str:
    head = raw[:4096]
    half = len(head) // 2
    if half >= 4 and head[1::2].count(0) > 0.7 * half and 0 not in head[0::2]:
        return "utf-16-le"
    if half >= 4 and head[0::2].count(0) > 0.7 * half and 0 not in head[1::2]:
        return "utf-16-be"
    return "utf-8"
