"""From paths to articles: text, HTML, JSONL, CSV and Parquet, compressed or not, folders of these, standard input.

In two steps, so that the second can be done by many processes: `find_items` goes through the files and parts them into
items, as raw as they lie there; `read_item` makes an article of one. What cannot be read is an `InputError` in its
place, so that everything else is still read.
"""

from __future__ import annotations

import datetime
import gzip
import io
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from communique.codebook import check_home
from communique.errors import CommuniqueError, InputError
from communique.reading.files import (
    EXPECTED,
    LINES,
    PAGE,
    PARQUET,
    STANDARD_INPUT,
    TABLE,
    TEXT,
    File,
    expanded,
    find_files,
    kind_of,
)
from communique.reading.html import read_html
from communique.reading.plain import read_paragraphs, read_text
from communique.reading.tables import (
    LABELS,
    SPLIT,
    ReadOptions,
    csv_rows,
    delimiter_of,
    json_lines,
    parquet_rows,
    refuse_labels,
)
from communique.records import Article, Kind

Read: TypeAlias = "Article | InputError"


@dataclass(frozen=True, slots=True)
class Item:
    """An article that was found and not read yet.

    data: the line or file as bytes, a row of a table, or None where the file is opened when it is read. name: of its file,
    inside the folder that was given. line: its number in its file, from 1, where a file holds many. at: how much of the
    file had been gone through, in bytes as it lies on the disk.
    """

    path: Path
    kind: str
    data: bytes | Mapping[str, Any] | None
    name: str
    line: int | None = None
    at: int = 0

    @property
    def id(self) -> str:
        """The id of an article that has none of its own."""
        return self.name if self.line is None else f"{self.name}:{self.line}"


Found: TypeAlias = "Item | InputError"


def read_paths(paths: Iterable[Path | str], *, options: ReadOptions | None = None) -> Iterator[Read]:
    """Yield every article of `paths`, in order; `-` is standard input. Folders are read in the order of their names."""
    options = options or ReadOptions()
    return (read_item(item, options) for item in find_items(find_files(paths), options=options))


def read_file(path: Path, *, options: ReadOptions | None = None) -> Iterator[Read]:
    """Yield the articles of one file."""
    return read_paths([path], options=options)


def find_items(files: Iterable[File], *, options: ReadOptions | None = None) -> Iterator[Found]:
    """Yield every item of `files`, in order; what is no item is an `InputError`."""
    options = options or ReadOptions()
    for file in files:
        line = 0  # the last that was found
        try:
            for item in _items_of(file, options):
                line = item.line or line
                yield item
        except InputError as error:
            after = line + 1 if error.rest and line else None
            yield InputError(error.reason, path=file.path, line=after, rest=error.rest, name=file.name)
        except Exception as error:  # a damaged archive shows itself in many ways: none may stop the run
            after = line + 1 if line else None
            yield InputError(_reason(error), path=file.path, line=after, rest=True, name=file.name)


def _items_of(file: File, options: ReadOptions) -> Iterator[Found]:
    path, kind = file.path, kind_of(file.path)
    if path == STANDARD_INPUT:
        yield from _items_of_stream(sys.stdin.buffer, options)
        return
    if file.problem:
        raise InputError(file.problem)
    if not path.exists():
        raise InputError("no such file or folder; check the path")
    if kind is None:
        raise InputError(f"expected {EXPECTED} (.gz or .zst of the text kinds), got {path.suffix or 'no suffix'}")
    size = path.stat().st_size
    if size == 0:
        raise InputError("the file is empty; leave it out, or put an article in it")
    if kind in (TEXT, PAGE):
        yield Item(path, kind, None, file.name, at=size)
    elif kind == PARQUET:
        for line, row, share in parquet_rows(path, options):
            yield _item(file, kind, line, row, int(share * size))
    else:
        with path.open("rb") as raw, _expanded(raw, path, options) as stream:
            yield from _items_of_rows(file, kind, stream, options, raw.tell)


def _expanded(raw: IO[bytes], path: Path, options: ReadOptions) -> IO[bytes]:
    return expanded(raw, path, free=options.max_bytes, times=options.max_expansion)


def _item(file: File, kind: str, line: int, row: bytes | Mapping[str, Any] | InputError, at: int) -> Found:
    if isinstance(row, InputError):
        return InputError(row.reason, path=file.path, line=line, rest=row.rest, name=file.name)
    return Item(file.path, kind, row, file.name, line, at)


def _items_of_rows(
    file: File, kind: str, stream: IO[bytes], options: ReadOptions, at: Callable[[], int]
) -> Iterator[Found]:
    """The rows of JSON lines or CSV. Where the first is a row of labels, the file is one failure, and not each row of it."""
    first = True
    for line, row in json_lines(stream, options) if kind == LINES else csv_rows(stream, options):
        item = _item(file, kind, line, row, at())
        if first and _is_labels(item, options):
            raise InputError(LABELS)
        first = False
        yield item


def _is_labels(item: Found, options: ReadOptions) -> bool:
    if isinstance(item, Item) and not (isinstance(item.data, bytes) and b'"domain_scores"' in item.data):
        return False  # of CSV and Parquet their columns say it
    read = read_item(item, options)
    return isinstance(read, InputError) and read.reason == LABELS


def holds_labels(path: Path) -> bool:
    """Whether `communique predict` wrote a file, by its first row; what is empty, it may have written."""
    if not path.stat().st_size:
        return True
    first = next(find_items([File(path, path.name)]), None)
    return first is None or _is_labels(first, ReadOptions())


def _items_of_stream(stream: IO[bytes], options: ReadOptions) -> Iterator[Found]:
    """Standard input: JSON lines if it opens with a brace, a page if with a tag of one, CSV if with its columns.

    Else it is one plain text.
    """
    file = File(STANDARD_INPUT, "-")
    peeked = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream))
    head = peeked.peek(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        yield from _items_of_rows(file, LINES, peeked, options, lambda: 0)
    elif _names_text_column(head, options):
        yield from _items_of_rows(file, TABLE, peeked, options, lambda: 0)
    else:
        kind = PAGE if head.lower().startswith((b"<!doctype", b"<html")) else TEXT
        yield Item(file.path, kind, peeked.read(options.max_bytes + 1), file.name)


def _names_text_column(head: bytes, options: ReadOptions) -> bool:
    """Whether the first line names the column of texts."""
    with suppress(LookupError):  # the encoding is unknown, as reading says
        return delimiter_of(head.decode(options.codec, errors="replace").partition("\n")[0], options) is not None
    return False


def read_item(item: Found, options: ReadOptions) -> Read:
    """The article of an item, or why there is none; never raises."""
    if isinstance(item, InputError):
        return item
    try:
        return _read_item(item, options)
    except Exception as error:
        reason = error.reason if isinstance(error, InputError) else _reason(error)
        return InputError(reason, path=item.path, line=item.line, name=item.name)


def _read_item(item: Item, options: ReadOptions) -> Article:
    article = _article_of(item, options)
    if len(article.paragraphs) > options.max_paragraphs:
        raise InputError(
            f"{len(article.paragraphs):,} paragraphs, more than {options.max_paragraphs:,} in one article; split it, or "
            f"raise --max-paragraphs"
        )
    return article


def _article_of(item: Item, options: ReadOptions) -> Article:
    if isinstance(item.data, Mapping):
        return article_of_row(item.data, item.id, options)
    if item.kind == LINES:
        assert isinstance(item.data, bytes)
        return article_of_line(item.data, item.id, options)
    return _read_whole(item, options)


def _read_whole(item: Item, options: ReadOptions) -> Article:
    data = item.data
    if data is None:
        with item.path.open("rb") as raw, _expanded(raw, item.path, options) as stream:
            data = stream.read(options.max_bytes + 1)
    assert isinstance(data, bytes)
    if len(data) > options.max_bytes:
        raise InputError(f"more than {options.max_bytes:,} bytes in one article; {SPLIT}")
    text = _decoded(data, options)
    if not text.strip():
        raise InputError("the file holds no text; leave it out, or put an article in it")
    if item.kind == PAGE:
        return read_html(text, id=item.id)
    _check_length(len(text), options)
    return read_text(text, id=item.id)


def _check_length(characters: int, options: ReadOptions) -> None:
    if characters > options.max_characters:
        raise InputError(
            f"{characters:,} characters, more than {options.max_characters:,} in one article; split it, or raise "
            f"--max-characters"
        )


def _decoded(data: bytes, options: ReadOptions) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data:
        raise InputError("expected text, found binary data (a zero byte); save its text as UTF-8")
    else:
        encoding = options.codec
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"not {options.encoding}: byte 0x{data[error.start]:02x} at {error.start}; convert it, or name its "
            f"encoding, for example --encoding cp1252"
        ) from error
    except LookupError as error:
        raise InputError(f"unknown encoding {options.encoding!r}") from error


def article_of_line(line: bytes, default_id: str, options: ReadOptions | None = None) -> Article:
    """The article of one line of JSON lines. Raises `InputError` where it is none."""
    options = options or ReadOptions()
    try:
        text = _decoded(line, options)
        if _nesting(text) > options.max_nesting:
            raise InputError(
                f"broken JSON (more than {options.max_nesting} lists and objects inside each other); expected one object "
                f"a line, or another max_nesting in ReadOptions"
            )
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(f"broken JSON ({reason}); expected one object a line") from error
    if not isinstance(row, dict):
        raise InputError(f"expected a JSON object, got {type(row).__name__}; write one article a line")
    return article_of_row(row, default_id, options)


def _nesting(text: str) -> int:
    """How many lists and objects of JSON stand inside each other at most: looked at where there are many at all."""
    if text.count("[") + text.count("{") <= _FEW:
        return 0
    depth = deepest = 0
    in_string = False
    for match in _SIGN.finditer(text):
        sign = match.group()
        if sign == '"':
            in_string = not in_string
        elif not in_string and sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not in_string and sign in "]}":
            depth -= 1
    return deepest


_SIGN = re.compile(r'[\[{}\]"]|\\.', re.DOTALL)
_FEW = 16
#: Characters of an id, title, date or home: they stand in every row of their article.
_FIELD = 2000


def article_of_row(row: Mapping[str, Any], default_id: str, options: ReadOptions | None = None) -> Article:
    """The article of one row: `{"id", "text", "title"?, "date"?, "home"?}`, or given `paragraphs` in place of text.

    Raises `InputError` where the text is missing, empty, or no text, and where the row is a labelled paragraph.
    """
    options = options or ReadOptions()
    refuse_labels(row.keys())

    def field(column: str) -> str | None:
        value = row.get(column)
        # Parquet and pandas write a missing value as NaN too
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            return None
        if isinstance(value, datetime.datetime) and value.time() == datetime.time():
            value = value.date()
        written = value.isoformat() if isinstance(value, datetime.date) else str(value)
        if len(written) > _FIELD:
            raise InputError(f"{len(written):,} characters in {column!r}, expected at most {_FIELD:,}; shorten it")
        return written

    id = field(options.id_column) or default_id
    home = field(options.home_column)
    if home is not None:
        check_home(home[:100])
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
        _check_length(sum(len(text) for text, _ in kinds), options)
        return read_paragraphs(kinds, **common)
    if not isinstance(text, str):
        got = "nothing" if text is None else type(text).__name__
        raise InputError(f"expected text in {options.text_column!r}, got {got}; name the column with --text-column")
    if not text.strip():
        raise InputError(f"the text in {options.text_column!r} is empty; leave the row out")
    _check_length(len(text), options)
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
