"""From paths to articles: text, HTML, JSONL, CSV and Parquet, compressed or not, folders of these, standard input.

In two steps, so that the second can be done by many processes: `find_items` goes through the files and parts them into
items, as raw as they lie there; `read_item` makes an article of one. What cannot be read is an `InputError` in its
place, so that everything else is still read.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from communique.codebook import check_home
from communique.errors import CommuniqueError, InputError
from communique.reading.html import read_html
from communique.reading.plain import read_paragraphs, read_text
from communique.records import Article, Kind

Read: TypeAlias = "Article | InputError"

_TEXT, _PAGE, _LINES, _TABLE, _PARQUET = ".txt", ".html", ".jsonl", ".csv", ".parquet"
_KINDS = {
    _TEXT: _TEXT,
    _PAGE: _PAGE,
    ".htm": _PAGE,
    _LINES: _LINES,
    ".ndjson": _LINES,
    _TABLE: _TABLE,
    _PARQUET: _PARQUET,
}
_COMPRESSED = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read. `max_bytes` bounds one article (a text or page whole, a line of a table) after decompression."""

    text_column: str = "text"
    id_column: str = "id"
    title_column: str = "title"
    date_column: str = "date"
    home_column: str = "home"
    encoding: str = "utf-8"
    max_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """An article that was found and not read yet.

    data: the line or file as bytes, a row of a table, or None where the file is opened when it is read. line: its number in
    its file, from 1, where a file holds many. name: the id of an article that has none of its own. at: how much of the file
    had been gone through, in bytes as it lies on the disk.
    """

    path: Path
    kind: str
    data: bytes | Mapping[str, Any] | None
    name: str
    line: int | None = None
    at: int = 0


Found: TypeAlias = "Item | InputError"


def read_paths(paths: Iterable[Path | str], *, options: ReadOptions | None = None) -> Iterator[Read]:
    """Yield every article of `paths`, in order; `-` is standard input. Folders are read in the order of their names."""
    options = options or ReadOptions()
    return (read_item(item, options) for item in find_items(paths, options=options))


def read_file(path: Path, *, options: ReadOptions | None = None) -> Iterator[Read]:
    """Yield the articles of one file."""
    return read_paths([path], options=options)


def find_items(paths: Iterable[Path | str], *, options: ReadOptions | None = None) -> Iterator[Found]:
    """Yield every item of `paths`, in order; what is no item is an `InputError`."""
    options = options or ReadOptions()
    for path, name in find_files(paths):
        if str(path) == "-":
            yield from _items_of_stream(sys.stdin.buffer, options)
        else:
            yield from _items_of_file(path, name, options)


def find_files(paths: Iterable[Path | str]) -> Iterator[tuple[Path, str]]:
    """The files of `paths`, those of folders in the order of their names, and how each is called: inside its folder.

    Files of other kinds, and those whose name begins with a dot, are left out in folders. A folder with none is yielded
    itself.
    """
    for path in map(Path, paths):
        if str(path) == "-" or not path.is_dir():
            yield path, path.name
            continue
        empty = True
        for file in _walk(path):
            empty = False
            yield file, file.relative_to(path).as_posix()
        if empty:
            yield path, path.name


def _walk(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        names = sorted((entry.name, entry.is_dir()) for entry in entries)
    for name, is_folder in names:
        path = folder / name
        if is_folder:
            yield from _walk(path)
        elif not name.startswith(".") and kind_of(path) and path.is_file():
            yield path


def kind_of(path: Path) -> str | None:
    """What a file's name says it holds, as a suffix (".jsonl" for "years.jsonl.zst"), or None if nothing known."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        kind = _KINDS.get(suffixes[-2]) if len(suffixes) > 1 else None
        return None if kind == _PARQUET else kind
    return _KINDS.get(suffixes[-1]) if suffixes else None


def _items_of_file(path: Path, name: str, options: ReadOptions) -> Iterator[Found]:
    kind = kind_of(path)
    line = 0  # the last that was found
    try:
        if not path.exists():
            raise InputError("no such file or folder; check the path", path=path)
        if path.is_dir():
            raise InputError(f"expected a folder with {_expected()} files in it, found none", path=path)
        if kind is None:
            raise InputError(
                f"expected {_expected()} (.gz or .zst of the text kinds), got {path.suffix or 'no suffix'}", path=path
            )
        if path.stat().st_size == 0:
            raise InputError("the file is empty; leave it out, or put an article in it", path=path)
        if kind in (_TEXT, _PAGE):
            yield Item(path, kind, None, name, at=path.stat().st_size)
            return
        for item in _items_of_parquet(path, options) if kind == _PARQUET else _items_of_table(kind, path, options):
            line = item.line or line
            yield item
    except InputError as error:
        yield error
    except Exception as error:  # a damaged archive shows itself in many ways: none may stop the run
        yield InputError(_reason(error), path=path, line=line + 1 if line else None, rest=True)


def _items_of_table(kind: str, path: Path, options: ReadOptions) -> Iterator[Found]:
    with path.open("rb") as file, _expanded(file, path) as stream:
        for item in _items_of_kind(kind, stream, path, options):
            yield replace(item, at=file.tell()) if isinstance(item, Item) else item


def _items_of_kind(kind: str, stream: IO[bytes], path: Path, options: ReadOptions) -> Iterator[Found]:
    if kind == _LINES:
        for number, line in _bounded_lines(stream, options.max_bytes):
            if line is None:
                yield InputError(f"more than {options.max_bytes:,} bytes in one line; {_SPLIT}", path=path, line=number)
            elif line.strip():
                yield Item(path, kind, line, f"{path.name}:{number}", number)
    elif kind == _TABLE:
        yield from _items_of_rows(stream, path, options)
    else:
        yield Item(path, kind, stream.read(options.max_bytes + 1), str(path))


def _items_of_stream(stream: IO[bytes], options: ReadOptions) -> Iterator[Found]:
    """Standard input: JSON lines if it opens with a brace, a page if with a tag of one, else one plain text."""
    path = Path("-")
    peeked = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream))
    head = peeked.peek(512).lstrip().lower()
    kind = _LINES if head.startswith(b"{") else _PAGE if head.startswith((b"<!doctype", b"<html")) else _TEXT
    try:
        yield from _items_of_kind(kind, peeked, path, options)
    except Exception as error:
        yield InputError(_reason(error), path=path)


def _expanded(file: IO[bytes], path: Path) -> IO[bytes]:
    """The content of an opened file, decompressed where its name says that it is compressed."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(file, "rb"))
    if path.suffix.lower() == ".zst":
        import pyarrow

        # Unlike other bindings, Arrow's says so when a stream ends too early.
        return io.BufferedReader(cast("io.RawIOBase", pyarrow.CompressedInputStream(pyarrow.PythonFile(file), "zstd")))
    return file


def read_item(item: Found, options: ReadOptions) -> Read:
    """The article of an item, or why there is none; never raises."""
    if isinstance(item, InputError):
        return item
    try:
        return _read_item(item, options)
    except Exception as error:
        reason = error.reason if isinstance(error, InputError) else _reason(error)
        return InputError(reason, path=item.path, line=item.line)


def _read_item(item: Item, options: ReadOptions) -> Article:
    if item.kind == _LINES:
        return _read_line(item, options)
    if isinstance(item.data, Mapping):
        return article_of_row(item.data, item.name, options)
    return _read_whole(item, options)


def _read_whole(item: Item, options: ReadOptions) -> Article:
    data = item.data
    if data is None:
        with item.path.open("rb") as file, _expanded(file, item.path) as stream:
            data = stream.read(options.max_bytes + 1)
    assert isinstance(data, bytes)
    if len(data) > options.max_bytes:
        raise InputError(f"more than {options.max_bytes:,} bytes in one article; {_SPLIT}")
    text = _decoded(data, options)
    if not text.strip():
        raise InputError("the file holds no text; leave it out, or put an article in it")
    return read_html(text, id=item.name) if item.kind == _PAGE else read_text(text, id=item.name)


_SPLIT = "split it, or raise --max-bytes"


def _decoded(data: bytes, options: ReadOptions) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data:
        raise InputError("expected text, found binary data (a zero byte); save its text as UTF-8")
    else:
        encoding = "utf-8-sig" if options.encoding.lower() in ("utf-8", "utf8") else options.encoding
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"not {options.encoding}: byte 0x{data[error.start]:02x} at {error.start}; convert it, or name its "
            f"encoding, for example --encoding cp1252"
        ) from error
    except LookupError as error:
        raise InputError(f"unknown encoding {options.encoding!r}") from error


def _bounded_lines(stream: IO[bytes], limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Number and content of each line; None for one longer than `limit`, whose rest is skipped."""
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) <= limit or line.endswith(b"\n"):
            yield number, line
            continue
        yield number, None
        while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
            pass


def _read_line(item: Item, options: ReadOptions) -> Article:
    assert isinstance(item.data, bytes)
    try:
        row = json.loads(_decoded(item.data, options))
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(f"broken JSON ({reason}); expected one object a line") from error
    if not isinstance(row, dict):
        raise InputError(f"expected a JSON object, got {type(row).__name__}; write one article a line")
    return article_of_row(row, item.name, options)


def _items_of_rows(stream: IO[bytes], path: Path, options: ReadOptions) -> Iterator[Found]:
    encoding = "utf-8-sig" if options.encoding.lower() in ("utf-8", "utf8") else options.encoding
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    csv.field_size_limit(max(csv.field_size_limit(), options.max_bytes))  # one limit for the whole process
    rows = csv.DictReader(text)
    _require_text_column(rows.fieldnames or (), path, options)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield InputError(
                f"broken CSV ({error}); mend the line, or write the table as JSON lines", path=path, line=rows.line_num
            )
            continue
        yield Item(path, _TABLE, row, f"{path.name}:{rows.line_num}", rows.line_num)


def _items_of_parquet(path: Path, options: ReadOptions) -> Iterator[Item]:
    import pyarrow.parquet as pq

    size = path.stat().st_size
    with pq.ParquetFile(path) as table:
        names = table.schema_arrow.names
        _require_text_column(names, path, options)
        wanted = [getattr(options, f) for f in options.__slots__ if f.endswith("_column")]
        number = 0
        for batch in table.iter_batches(batch_size=256, columns=[n for n in names if n in wanted]):
            for row in batch.to_pylist():
                number += 1
                at = size * number // table.metadata.num_rows
                yield Item(path, _PARQUET, row, f"{path.name}:{number}", number, at)


def _require_text_column(names: Iterable[str], path: Path, options: ReadOptions) -> None:
    if options.text_column not in names:
        found = ", ".join(names) or "none"
        raise InputError(f"no column {options.text_column!r}; found {found}; name yours with --text-column", path=path)


def article_of_row(row: Mapping[str, Any], default_id: str, options: ReadOptions | None = None) -> Article:
    """The article of one row: `{"id", "text", "title"?, "date"?, "home"?}`, or given `paragraphs` in place of text.

    Raises `InputError` where the text is missing, empty, or no text.
    """
    options = options or ReadOptions()

    def field(column: str) -> str | None:
        value = row.get(column)
        # Parquet and pandas write a missing value as NaN too
        missing = value is None or value == "" or (isinstance(value, float) and math.isnan(value))
        return None if missing else str(value)

    id = field(options.id_column) or default_id
    home = field(options.home_column)
    if home is not None:
        check_home(home)
    text = row.get(options.text_column)
    common: dict[str, Any] = {
        "id": id,
        "title": field(options.title_column),
        "date": field(options.date_column),
        "home": home,
    }
    if text is None and isinstance(row.get("paragraphs"), list):
        given = row["paragraphs"]
        if not all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in given):
            raise InputError('expected "paragraphs" as objects with a "text" each')
        kinds: list[tuple[str, Kind]] = [
            (p["text"], "boilerplate" if p.get("kind") == "boilerplate" else "body") for p in given
        ]
        return read_paragraphs(kinds, **common)
    if not isinstance(text, str):
        got = "nothing" if text is None else type(text).__name__
        raise InputError(f"expected text in {options.text_column!r}, got {got}; name the column with --text-column")
    if not text.strip():
        raise InputError(f"the text in {options.text_column!r} is empty; leave the row out")
    if len(text) > options.max_bytes:
        raise InputError(f"more than {options.max_bytes:,} characters in one article; split it, or raise --max-bytes")
    return read_text(text, **common)


def _reason(error: Exception) -> str:
    if isinstance(error, CommuniqueError):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return f"not {error.encoding}: byte 0x{error.object[error.start]:02x}; convert it, or give --encoding"
    if isinstance(error, (EOFError, gzip.BadGzipFile)):
        return f"truncated or damaged archive ({error}); copy or compress it again"
    if isinstance(error, OSError):
        return error.strerror or f"truncated or damaged ({' '.join(str(error).split())}); copy or write it again"
    return " ".join(f"cannot be read ({type(error).__name__}: {error}); copy or write it again".split())


def _expected() -> str:
    return ".txt, .html, .jsonl, .csv or .parquet"
