"""The rows of files that hold many articles: JSON lines, CSV, Parquet. One that is broken costs no other."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from communique.errors import InputError, require


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
    csv.field_size_limit(max(csv.field_size_limit(), options.max_bytes))  # one limit for the whole process
    lines = _BoundedLines(text, options.max_bytes)
    rows = csv.reader(lines, strict=True)  # else a quote that is never closed takes the rest of the file for its text
    columns = next(rows, [])
    require_text_column(columns, options)
    while True:
        first = rows.line_num + 1
        lines.cut = False
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"broken CSV ({error}); mend the line, or write the table as JSON lines"
            # The lines that it took for one row are lost with it: those from `first` on have to be read again
            yield first, InputError(reason, rest=rows.line_num > first)
            continue
        if not row:
            continue
        if lines.cut:
            yield first, InputError(f"more than {options.max_bytes:,} characters in one line; {SPLIT}")
        elif len(row) > len(columns):
            yield first, InputError(f"{len(row)} fields for {len(columns)} columns; quote fields with commas in them")
        elif any(_NO_TEXT.search(field) for field in row):
            yield first, InputError(f"not {options.encoding}; convert it, or name its encoding, for example cp1252")
        else:
            yield first, dict(zip(columns, row, strict=False))


class _BoundedLines:
    """The lines of a text; of one that is too long only the beginning, which is then said to be `cut`."""

    def __init__(self, text: io.TextIOBase, limit: int) -> None:
        self.cut = False
        self._text = text
        self._limit = limit

    def __iter__(self) -> _BoundedLines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        if len(line) > self._limit and not line.endswith(("\n", "\r")):
            self.cut = True
            while (rest := self._text.readline(1 << 20)) and not rest.endswith(("\n", "\r")):
                pass
        return line


def parquet_rows(path: Path, options: ReadOptions) -> Iterator[tuple[int, Mapping[str, Any] | InputError, float]]:
    """The rows by column, with the share of the file that was gone through."""
    require("pyarrow", "reading Parquet", "parquet")
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as table:
        names = table.schema_arrow.names
        require_text_column(names, options)
        wanted = [getattr(options, f) for f in options.__slots__ if f.endswith("_column")]
        number = 0
        for batch in table.iter_batches(batch_size=256, columns=[n for n in names if n in wanted]):
            for row in _python_rows(batch):
                number += 1
                yield number, row, number / table.metadata.num_rows


def _python_rows(batch: Any) -> Iterator[Mapping[str, Any] | InputError]:
    try:
        yield from batch.to_pylist()
        return
    except ValueError:  # a text that is no UTF-8, in one row of them
        pass
    for k in range(len(batch)):
        try:
            yield batch.slice(k, 1).to_pylist()[0]
        except ValueError as error:
            yield InputError(f"a text that is no text ({error}); write it as UTF-8")


def require_text_column(names: Iterable[str], options: ReadOptions) -> None:
    """Raises `InputError` unless there is one column of texts."""
    count = list(names).count(options.text_column)
    if count > 1:
        raise InputError(f"{count} columns are called {options.text_column!r}; give them names of their own")
    if not count:
        found = ", ".join(names) or "none"
        raise InputError(f"no column {options.text_column!r}; found {found}; name yours with --text-column")
