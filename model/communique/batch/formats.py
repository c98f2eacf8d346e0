"""The formats of the output: each turns labelled articles into bytes, and a log of these bytes into the finished file.

While a run goes on, its output is a log to which the bytes of one part after the other are added. A log that is cut off
behind a part can be added to; a Parquet file cannot, so that its log is an Arrow stream until all is there.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from communique.records import LabeledArticle
from communique.tables import COLUMNS, arrow_rows, arrow_schema, defused
from communique.terminal import visible

if TYPE_CHECKING:
    import pyarrow


class Format(Protocol):
    """How labels are written."""

    def head(self) -> bytes:
        """What the log begins with."""

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        """The bytes of some articles' rows; the same bytes for the same articles, in whatever process."""

    def finish(self, log: Path, target: Path) -> None:
        """Make the finished file of the log, in one step, so that `target` is never half of it; the log may stay."""


_JSON = json.JSONEncoder(ensure_ascii=False)


class JsonLines:
    """One JSON object a line."""

    def head(self) -> bytes:
        return b""

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        lines = [_JSON.encode(row) + "\n" for row in _rows(articles, keep_boilerplate)]
        # A lone surrogate, as broken JSON input may hold, has no UTF-8: it is written as JSON's escape
        return "".join(lines).encode("utf-8", errors="backslashreplace")

    def finish(self, log: Path, target: Path) -> None:
        log.replace(target)


class Csv:
    """Comma-separated; lists joined by a semicolon, scores and evidence as JSON; no cell is a formula."""

    def head(self) -> bytes:
        return (",".join(COLUMNS) + "\r\n").encode()

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        for row in _rows(articles, keep_boilerplate):
            writer.writerow([_cell(name, row[name]) for name in COLUMNS])
        return text.getvalue().encode("utf-8", errors="replace")

    def finish(self, log: Path, target: Path) -> None:
        log.replace(target)


def _cell(name: str, value: Any) -> Any:
    if name in ("domains", "partners", "named"):
        return defused(";".join(value))
    return defused(json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value)


class Parquet:
    """Parquet with typed columns: lists of codes, maps of scores, evidence as structs. zstd."""

    #: Rows of a row group; the last of a group's parts may take it a little further.
    ROWS = 1 << 14

    def head(self) -> bytes:
        return bytes(arrow_schema().serialize())

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        return self.encode_rows(list(_rows(articles, keep_boilerplate)))

    def encode_rows(self, rows: Sequence[dict[str, Any]]) -> bytes:
        """One message of an Arrow stream, nothing for no rows."""
        return bytes(arrow_rows(rows).serialize()) if rows else b""

    def finish(self, log: Path, target: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        unfinished = target.with_name(target.name + ".unfinished")
        with pa.OSFile(str(log)) as file, pq.ParquetWriter(unfinished, arrow_schema(), compression="zstd") as writer:
            group: list[pyarrow.RecordBatch] = []
            for batch in pa.ipc.open_stream(file):
                group.append(batch)
                if sum(map(len, group)) >= self.ROWS:
                    writer.write_table(pa.Table.from_batches(group), row_group_size=1 << 30)
                    group = []
            if group:
                writer.write_table(pa.Table.from_batches(group), row_group_size=1 << 30)
        with unfinished.open("r+b") as done:
            os.fsync(done.fileno())
        unfinished.replace(target)


class Table:
    """A table for people, one an article; `width` in characters, None: as wide as the terminal."""

    def __init__(self, width: int | None = 140) -> None:
        self.width = width

    def head(self) -> bytes:
        return b""

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        from rich.console import Console

        text = io.StringIO()
        console = Console(file=text, width=self.width, highlight=False, force_terminal=self.width is None)
        for article in articles:
            console.print(_table(article, keep_boilerplate))
        return text.getvalue().encode("utf-8", errors="replace")

    def finish(self, log: Path, target: Path) -> None:
        log.replace(target)


def _table(article: LabeledArticle, keep_boilerplate: bool) -> Any:
    from rich.table import Table as RichTable
    from rich.text import Text

    heading = article.id + (f" · {article.date}" if article.date else "")
    table = RichTable(title=Text(visible(heading)), title_justify="left", expand=True, show_lines=False)
    for name, ratio in (("#", 1), ("domains", 6), ("partners", 4), ("paragraph", 18)):
        table.add_column(name, ratio=ratio, overflow="ellipsis", no_wrap=name == "paragraph")
    for row in article.rows(keep_boilerplate=keep_boilerplate):
        partners = [code if code in row["named"] else f"({code})" for code in row["partners"]]
        flag = " ?" if row["review"] else ""
        table.add_row(
            str(row["paragraph"]),
            Text(", ".join(row["domains"]) + flag if row["kind"] == "body" else "boilerplate"),
            Text(" ".join(partners)),
            Text(visible(" ".join(row["text"].split()))),
        )
    return table


def _rows(articles: Sequence[LabeledArticle], keep_boilerplate: bool) -> Iterator[dict[str, Any]]:
    for article in articles:
        yield from article.rows(keep_boilerplate=keep_boilerplate)


FORMATS: dict[str, Format] = {"table": Table(), "jsonl": JsonLines(), "csv": Csv(), "parquet": Parquet()}
