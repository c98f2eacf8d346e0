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

if TYPE_CHECKING:
    import pyarrow

#: The columns of a row, in the order in which tables have them.
COLUMNS = (
    "article", "paragraph", "kind", "start", "stop", "text", "domains", "domain_scores", "partners", "partner_scores",
    "named", "evidence", "review", "title", "date", "model",
)  # fmt: skip


class Format(Protocol):
    """How labels are written."""

    def head(self) -> bytes:
        """What the log begins with."""

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        """The bytes of some articles' rows; the same bytes for the same articles, in whatever process."""

    def finish(self, log: Path, target: Path) -> None:
        """Make the finished file of the log, in one step, so that `target` is never half of it; the log may stay."""


class JsonLines:
    """One JSON object a line."""

    def head(self) -> bytes:
        return b""

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(articles, keep_boilerplate)]
        # A lone surrogate, as broken JSON input may hold, has no UTF-8: it is written as JSON's escape
        return "".join(lines).encode("utf-8", errors="backslashreplace")

    def finish(self, log: Path, target: Path) -> None:
        log.replace(target)


class Csv:
    """Comma-separated; lists joined by a semicolon, scores and evidence as JSON."""

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
        return ";".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


class Parquet:
    """Parquet with typed columns: lists of codes, maps of scores, evidence as structs. zstd."""

    #: Rows of a row group; the last of a group's parts may take it a little further.
    ROWS = 1 << 14

    def head(self) -> bytes:
        return bytes(_schema().serialize())

    def encode(self, articles: Sequence[LabeledArticle], *, keep_boilerplate: bool) -> bytes:
        return self.encode_rows(list(_rows(articles, keep_boilerplate)))

    def encode_rows(self, rows: Sequence[dict[str, Any]]) -> bytes:
        """One message of an Arrow stream, nothing for no rows."""
        return bytes(arrow_rows(rows).serialize()) if rows else b""

    def finish(self, log: Path, target: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        unfinished = target.with_name(target.name + ".unfinished")
        with pa.OSFile(str(log)) as file, pq.ParquetWriter(unfinished, _schema(), compression="zstd") as writer:
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
    table = RichTable(title=Text(heading), title_justify="left", expand=True, show_lines=False)
    for name, ratio in (("#", 1), ("domains", 6), ("partners", 4), ("paragraph", 18)):
        table.add_column(name, ratio=ratio, overflow="ellipsis", no_wrap=name == "paragraph")
    for row in article.rows(keep_boilerplate=keep_boilerplate):
        partners = [code if code in row["named"] else f"({code})" for code in row["partners"]]
        flag = " ?" if row["review"] else ""
        table.add_row(
            str(row["paragraph"]),
            Text(", ".join(row["domains"]) + flag if row["kind"] == "body" else "boilerplate"),
            Text(" ".join(partners)),
            Text(" ".join(row["text"].split())),
        )
    return table


def _rows(articles: Sequence[LabeledArticle], keep_boilerplate: bool) -> Iterator[dict[str, Any]]:
    for article in articles:
        yield from article.rows(keep_boilerplate=keep_boilerplate)


def arrow_rows(rows: Sequence[dict[str, Any]]) -> pyarrow.RecordBatch:
    """The rows of `LabeledArticle.rows` as Arrow, in the columns and types of a Parquet output."""
    import pyarrow as pa

    maps = ("domain_scores", "partner_scores")
    given = [{**row, **{name: list(row[name].items()) for name in maps if row[name] is not None}} for row in rows]
    try:
        return pa.RecordBatch.from_pylist(given, schema=_schema())
    except UnicodeEncodeError:  # a lone surrogate
        return pa.RecordBatch.from_pylist([_encodable(row) for row in given], schema=_schema())


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(v) for key, v in value.items()}
    return [_encodable(v) for v in value] if isinstance(value, list) else value


def _schema() -> pyarrow.Schema:
    import pyarrow as pa

    text, number = pa.string(), pa.int32()
    scores = pa.map_(text, pa.float32())
    mention = pa.struct([("code", text), ("start", number), ("stop", number), ("surface", text), ("role", text)])
    types = {
        "paragraph": number, "start": number, "stop": number, "domains": pa.list_(text), "domain_scores": scores,
        "partners": pa.list_(text), "partner_scores": scores, "named": pa.list_(text),
        "evidence": pa.list_(mention), "review": pa.bool_(),
    }  # fmt: skip
    return pa.schema([(name, types.get(name, text)) for name in COLUMNS])


FORMATS: dict[str, Format] = {"table": Table(), "jsonl": JsonLines(), "csv": Csv(), "parquet": Parquet()}
