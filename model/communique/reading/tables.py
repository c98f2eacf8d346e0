"""The rows of files that hold many articles: JSON lines, CSV, Parquet. One that is broken costs no other.

But for a row of a CSV that took lines of other rows for its own: where the next row begins, nobody knows then, and what
would be read from there on could be half an article. The reading ends, and says so (`rest`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, TypeAlias

from communique.errors import InputError, require


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read, and what is too much to be read; what is over a limit is an `InputError` that names it.

    max_bytes: of one article (a text or page whole, a line of a table), decompressed. max_characters: of its text.
    max_paragraphs: of it, boilerplate among them. max_expansion: how many times its own size a compressed file may grow
    (once it is larger than `max_bytes`). max_nesting: lists and objects of JSON inside each other.
    """

    text_column: str = "text"
    id_column: str = "id"
    title_column: str = "title"
    date_column: str = "date"
    home_column: str = "home"
    encoding: str = "utf-8"
    max_bytes: int = 20_000_000
    max_characters: int = 1_000_000
    max_paragraphs: int = 10_000
    max_expansion: int = 200
    max_nesting: int = 64

    @property
    def codec(self) -> str:
        """The encoding as Python knows it; a mark at the beginning of UTF-8 is no text."""
        return "utf-8-sig" if self.encoding.lower() in ("utf-8", "utf8") else self.encoding


#: A line's number, from 1, and what stands there: a line's bytes, a row by column, or why there is none.
Row: TypeAlias = "tuple[int, bytes | Mapping[str, Any] | InputError]"

SPLIT = "split it, or raise --max-bytes"
#: What a byte that is none of the encoding becomes.
_NO_TEXT = re.compile("[\udc80-\udcff]")


def json_lines(stream: IO[bytes], options: ReadOptions) -> Iterator[Row]:
    """The lines as they are, without blank ones; of one that is too long the rest is skipped."""
    number = 0
    while line := stream.readline(options.max_bytes + 1):
        number += 1
        if len(line) <= options.max_bytes or line.endswith(b"\n"):
            if line.strip():
                yield number, line
            continue
        yield number, InputError(f"more than {options.max_bytes:,} bytes in one line; {SPLIT}")
        while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
            pass


def csv_rows(stream: IO[bytes], options: ReadOptions) -> Iterator[Row]:
    """The rows by column; `line` is the first of a row's lines."""
    text = io.TextIOWrapper(stream, encoding=options.codec, errors="surrogateescape", newline="")
    csv.field_size_limit(max(csv.field_size_limit(), options.max_bytes + 1))  # one limit for the whole process
    lines = _BoundedLines(text, options.max_bytes)
    try:
        head = next(lines, "")
        delimiter = delimiter_of(head, options) or DELIMITERS[0]
        # strict: else a quote that is never closed takes the rest of the file for its text
        rows = csv.reader(chain([head], lines), delimiter=delimiter, strict=True)
        columns = next(rows, [])
    except csv.Error as error:
        raise InputError(f"broken CSV in the line of its columns ({error}); mend it") from error
    except InputError as error:
        raise InputError(f"in the line of its columns: {error.reason}", rest=error.rest) from error
    check_columns(columns, options)
    while True:
        first = lines.number + 1
        lines.begin_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except (InputError, csv.Error) as error:
            if isinstance(error, InputError):
                reason, rest = error.reason, error.rest
            else:
                reason = f"broken CSV ({error}); mend the line, or write the table as JSON lines"
                rest = lines.number > first
            yield first, InputError(reason, rest=rest)
            if rest:
                return
        else:
            if row:
                yield first, _by_column(row, columns, options)


#: Spreadsheets write semicolons where the comma is a decimal sign, as in France and Vietnam.
DELIMITERS = (",", ";", "\t")


def delimiter_of(head: str, options: ReadOptions) -> str | None:
    """What parts the columns in the first line of a table: that by which one of them is the column of texts."""
    for delimiter in DELIMITERS:
        with suppress(csv.Error):
            if options.text_column in next(csv.reader([head.strip()], delimiter=delimiter), []):
                return delimiter
    return None


def _by_column(row: Sequence[str], columns: Sequence[str], options: ReadOptions) -> Mapping[str, str] | InputError:
    if len(row) > len(columns):
        return InputError(
            f"{len(row)} fields for {len(columns)} columns; quote fields that have the sign between columns in them"
        )
    if any("\0" in field for field in row):
        return InputError("expected text, found binary data (a zero byte); save its text as UTF-8")
    if any(_NO_TEXT.search(field) for field in row):
        return InputError(f"not {options.encoding}; convert it, or name its encoding, for example cp1252")
    return dict(zip(columns, row, strict=False))


class _BoundedLines:
    """The lines of a text, with the `number` of the last.

    Raises `InputError` where a line is too long, or many lines that are one row; `rest` where this leaves a quote open, so
    that the next line is no row.
    """

    def __init__(self, text: io.TextIOBase, limit: int) -> None:
        self.number = 0
        self._text = text
        self._limit = limit
        self.begin_row()

    def begin_row(self) -> None:
        self._taken = self._quotes = 0

    def __iter__(self) -> _BoundedLines:
        return self

    def __next__(self) -> str:
        line = piece = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._taken += len(line)
        self._quotes += line.count('"')
        if self._taken <= self._limit:
            return line
        while piece and not piece.endswith(("\n", "\r")):
            piece = self._text.readline(1 << 20)
            self._quotes += piece.count('"')
        where = "one line; " if len(line) == self._taken else "one row; close its quotes, "
        raise InputError(f"more than {self._limit:,} characters in {where}{SPLIT}", rest=self._quotes % 2 == 1)


def parquet_rows(path: Path, options: ReadOptions) -> Iterator[tuple[int, Mapping[str, Any] | InputError, float]]:
    """The rows by column, with the share of the file that was gone through."""
    require("pyarrow", "reading Parquet", "parquet")
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as table:
        names = table.schema_arrow.names
        check_columns(names, options)
        wanted = [getattr(options, f) for f in options.__slots__ if f.endswith("_column")]
        number, of = 0, max(table.metadata.num_rows, 1)
        for batch in table.iter_batches(batch_size=256, columns=[n for n in names if n in wanted]):
            for row in _python_rows(batch, options):
                number += 1
                yield number, row, min(number / of, 1.0)


def _python_rows(batch: Any, options: ReadOptions) -> Iterator[Mapping[str, Any] | InputError]:
    if batch.nbytes <= options.max_bytes:
        try:
            yield from batch.to_pylist()
            return
        except ValueError:  # a text that is no UTF-8, in one row of them
            pass
    for k in range(len(batch)):
        row = batch.slice(k, 1)
        if row.nbytes > options.max_bytes:
            yield InputError(f"more than {options.max_bytes:,} bytes in one row; {SPLIT}")
            continue
        try:
            yield row.to_pylist()[0]
        except ValueError as error:
            yield InputError(f"a text that is no text ({error}); write it as UTF-8")


def check_columns(names: Sequence[str], options: ReadOptions) -> None:
    """Raises `InputError` unless there is one column of texts, and where the rows are labels."""
    refuse_labels(names)
    count = list(names).count(options.text_column)
    if count > 1:
        raise InputError(f"{count} columns are called {options.text_column!r}; give them names of their own")
    if not count:
        found = ", ".join(name[:40] for name in islice(names, 20)) or "none"
        raise InputError(f"no column {options.text_column!r}; found {found}; name yours with --text-column")


#: What is wrong with labels as an input.
LABELS = "a row that `communique predict` wrote, and no article; keep what it wrote out of the inputs"


def refuse_labels(names: Collection[str]) -> None:
    """Raises `InputError` with `LABELS` where a row of these columns is a labelled paragraph."""
    if "domain_scores" in names and "paragraph" in names and "model" in names:
        raise InputError(LABELS)
