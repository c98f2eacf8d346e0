"""From paths to articles: text, HTML, JSONL, CSV and Parquet, compressed or not, folders of these, standard input.

What cannot be read is yielded as an `InputError` in its place, so that everything else is still read.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
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


def read_paths(paths: Iterable[Path | str], *, options: ReadOptions | None = None) -> Iterator[Read]:
    """Yield every article of `paths`, in order; `-` is standard input. Folders are read in the order of their names."""
    options = options or ReadOptions()
    for path in paths:
        if str(path) == "-":
            yield from _read_stream(sys.stdin.buffer, options)
        elif Path(path).is_dir():
            yield from _read_folder(Path(path), options)
        else:
            yield from read_file(Path(path), options=options)


def kind_of(path: Path) -> str | None:
    """What a file's name says it holds, as a suffix (".jsonl" for "years.jsonl.zst"), or None if nothing known."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        kind = _KINDS.get(suffixes[-2]) if len(suffixes) > 1 else None
        return None if kind == _PARQUET else kind
    return _KINDS.get(suffixes[-1]) if suffixes else None


def _read_folder(folder: Path, options: ReadOptions) -> Iterator[Read]:
    files = sorted(p for p in folder.rglob("*") if kind_of(p) and p.is_file() and not p.name.startswith("."))
    if not files:
        yield InputError(f"expected a folder with {_expected()} files in it, found none", path=folder)
    for path in files:
        yield from read_file(path, options=options, name=path.relative_to(folder).as_posix())


def read_file(path: Path, *, options: ReadOptions | None = None, name: str | None = None) -> Iterator[Read]:
    """Yield the articles of one file; `name` is the id of the article in a text or page (default: the file's name)."""
    options = options or ReadOptions()
    kind = kind_of(path)
    try:
        if not path.exists():
            raise InputError("no such file or folder; check the path", path=path)
        if kind is None:
            raise InputError(
                f"expected {_expected()} (.gz or .zst of the text kinds), got {path.suffix or 'no suffix'}", path=path
            )
        if path.stat().st_size == 0:
            raise InputError("the file is empty; leave it out, or put an article in it", path=path)
        if kind == _PARQUET:
            yield from _read_parquet(path, options)
            return
        with _opened(path) as stream:
            yield from _read_kind(kind, stream, path, name or path.name, options)
    except InputError as error:
        yield error
    except Exception as error:  # a damaged archive shows itself in many ways: none may stop the run
        yield InputError(_reason(error), path=path)


def _read_kind(kind: str, stream: IO[bytes], path: Path, name: str, options: ReadOptions) -> Iterator[Read]:
    if kind == _LINES:
        yield from _read_lines(stream, path, options)
    elif kind == _TABLE:
        yield from _read_table(stream, path, options)
    else:
        data = stream.read(options.max_bytes + 1)
        yield _one(partial(_read_whole, data, kind, path, name, options), path)


def _read_stream(stream: IO[bytes], options: ReadOptions) -> Iterator[Read]:
    """Standard input: JSON lines if it opens with a brace, a page if with a tag of one, else one plain text."""
    path = Path("-")
    peeked = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream))
    head = peeked.peek(512).lstrip().lower()
    kind = _LINES if head.startswith(b"{") else _PAGE if head.startswith((b"<!doctype", b"<html")) else _TEXT
    try:
        yield from _read_kind(kind, peeked, path, "-", options)
    except Exception as error:
        yield InputError(_reason(error), path=path)


def _opened(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix.lower() == ".zst":
        import pyarrow

        # Unlike other bindings, Arrow's says so when a stream ends too early.
        return io.BufferedReader(cast("io.RawIOBase", pyarrow.CompressedInputStream(pyarrow.OSFile(str(path)), "zstd")))
    return path.open("rb")


def _read_whole(data: bytes, kind: str, path: Path, name: str, options: ReadOptions) -> Article:
    if len(data) > options.max_bytes:
        raise InputError(
            f"more than {options.max_bytes:,} bytes in one article; split it, or raise --max-bytes", path=path
        )
    text = _decoded(data, path, options)
    if not text.strip():
        raise InputError("the file holds no text; leave it out, or put an article in it", path=path)
    return read_html(text, id=name) if kind == _PAGE else read_text(text, id=name)


def _decoded(data: bytes, path: Path, options: ReadOptions, line: int | None = None) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data:
        raise InputError("expected text, found binary data (a zero byte); save its text as UTF-8", path=path, line=line)
    else:
        encoding = "utf-8-sig" if options.encoding.lower() in ("utf-8", "utf8") else options.encoding
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"not {options.encoding}: byte 0x{data[error.start]:02x} at {error.start}; convert it, or name its "
            f"encoding, for example --encoding cp1252",
            path=path,
            line=line,
        ) from error
    except LookupError as error:
        raise InputError(f"unknown encoding {options.encoding!r}", path=path) from error


def _read_lines(stream: IO[bytes], path: Path, options: ReadOptions) -> Iterator[Read]:
    for number, line in _bounded_lines(stream, options.max_bytes):
        if isinstance(line, bytes) and not line.strip():
            continue
        yield _one(partial(_read_line, line, number, path, options), path, number)


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


def _read_line(line: bytes | None, number: int, path: Path, options: ReadOptions) -> Article:
    if line is None:
        raise InputError(
            f"more than {options.max_bytes:,} bytes in one line; split it, or raise --max-bytes", path=path, line=number
        )
    try:
        row = json.loads(_decoded(line, path, options, number))
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(f"broken JSON ({reason}); expected one object a line", path=path, line=number) from error
    if not isinstance(row, dict):
        raise InputError(
            f"expected a JSON object, got {type(row).__name__}; write one article a line", path=path, line=number
        )
    return article_of_row(row, f"{path.name}:{number}", options)


def _read_table(stream: IO[bytes], path: Path, options: ReadOptions) -> Iterator[Read]:
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
        yield _one(partial(article_of_row, row, f"{path.name}:{rows.line_num}", options), path, rows.line_num)


def _read_parquet(path: Path, options: ReadOptions) -> Iterator[Read]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as table:
        names = table.schema_arrow.names
        _require_text_column(names, path, options)
        wanted = [getattr(options, f) for f in options.__slots__ if f.endswith("_column")]
        number = 0
        for batch in table.iter_batches(batch_size=256, columns=[n for n in names if n in wanted]):
            for row in batch.to_pylist():
                number += 1
                yield _one(partial(article_of_row, row, f"{path.name}:{number}", options), path, number)


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


def _one(read: Callable[[], Article], path: Path, line: int | None = None) -> Read:
    """What `read` returns, or its failure with the place it happened at."""
    try:
        return read()
    except InputError as error:
        return InputError(error.reason, path=error.path or path, line=error.line or line)
    except CommuniqueError as error:
        return InputError(str(error), path=path, line=line)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not {error.encoding}: byte 0x{error.object[error.start]:02x}; convert it, or give --encoding"
    if isinstance(error, (EOFError, gzip.BadGzipFile)):
        return f"truncated or damaged archive ({error}); copy or compress it again"
    if isinstance(error, OSError):
        return error.strerror or f"truncated or damaged ({' '.join(str(error).split())}); copy or write it again"
    return " ".join(f"cannot be read ({type(error).__name__}: {error}); copy or write it again".split())


def _expected() -> str:
    return ".txt, .html, .jsonl, .csv or .parquet"
