"""Which files there are, what each holds by its name, and what is in it once it is decompressed."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from communique.errors import InputError, require
from communique.writing import identity

TEXT, PAGE, LINES, TABLE, PARQUET = ".txt", ".html", ".jsonl", ".csv", ".parquet"
_KINDS = {TEXT: TEXT, PAGE: PAGE, ".htm": PAGE, LINES: LINES, ".ndjson": LINES, TABLE: TABLE, PARQUET: PARQUET}
_COMPRESSED = (".gz", ".zst")
EXPECTED = ".txt, .html, .jsonl, .csv or .parquet"
STANDARD_INPUT = Path("-")
_BUFFER = 1 << 17


@dataclass(frozen=True, slots=True)
class File:
    """A file to be read, by its path and its name: in a folder that was given, the path from there.

    problem: why it cannot be gone into, for a folder.
    """

    path: Path
    name: str
    problem: str | None = None


def find_files(paths: Iterable[Path | str], *, without: Collection[Path] = ()) -> Iterator[File]:
    """The files of `paths` in order, those of folders in the order of their names; `-` is standard input.

    In folders, files of other kinds are left out, those whose name begins with a dot, and those of `without`. A folder with
    none, or that cannot be gone into, has a problem.
    """
    excluded = {identity(path) for path in without} - {None}
    for path in map(Path, paths):
        if path == STANDARD_INPUT or not path.is_dir():
            yield File(path, path.name)
            continue
        found = False
        for file in _walk(path, path, ()):
            if not excluded or identity(file.path) not in excluded:
                found = True
                yield file
        if not found:
            yield File(path, path.name, f"expected a folder with {EXPECTED} files in it, found none")


def _walk(folder: Path, root: Path, above: tuple[tuple[int, int], ...]) -> Iterator[File]:
    name = folder.relative_to(root).as_posix()
    try:
        state = folder.stat()
        with os.scandir(folder) as entries:
            found = sorted((entry.name, _is_folder(entry)) for entry in entries)
    except OSError as error:
        yield File(folder, name, f"{error.strerror}; give yourself the right to read it, or leave it out")
        return
    here = (state.st_dev, state.st_ino)
    if here in above:  # a link back up
        return
    for entry, is_folder in found:
        path = folder / entry
        if is_folder:
            yield from _walk(path, root, (*above, here))
        elif not entry.startswith(".") and kind_of(path):
            yield File(path, path.relative_to(root).as_posix())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: what it is shows when it is opened
        return False


def kind_of(path: Path) -> str | None:
    """What a file's name says it holds, as a suffix (".jsonl" for "years.jsonl.zst"), or None if nothing known."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        kind = _KINDS.get(suffixes[-2]) if len(suffixes) > 1 else None
        return None if kind == PARQUET else kind
    return _KINDS.get(suffixes[-1]) if suffixes else None


def expanded(file: IO[bytes], path: Path, *, free: int, times: int) -> IO[bytes]:
    """The content of an opened file, decompressed where its name says that it is compressed.

    Reading it raises `InputError` where it has grown to more than `free` bytes and `times` the size of what was compressed.
    """
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(_Expanded(gzip.open(file, "rb"), file, free, times), _BUFFER)
    if path.suffix.lower() == ".zst":
        require("pyarrow", "reading Zstandard", "parquet")
        import pyarrow

        # Unlike other bindings, Arrow's says so when a stream ends too early.
        content = pyarrow.CompressedInputStream(pyarrow.PythonFile(file), "zstd")
        return io.BufferedReader(_Expanded(content, file, free, times), _BUFFER)
    return file


class _Expanded(io.RawIOBase):
    """The content of a compressed file, as long as it does not grow out of all proportion."""

    def __init__(self, content: Any, file: IO[bytes], free: int, times: int) -> None:
        self._content, self._file, self._free, self._times = content, file, free, times
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._content.read(len(buffer))
        buffer[: len(data)] = data
        self._size += len(data)
        if self._size > self._free and self._size > self._times * self._file.tell():
            raise InputError(
                f"grows to more than {self._times:,} times its size when it is decompressed; if that is as it should be, "
                f"raise --max-expansion",
                rest=True,
            )
        return len(data)
