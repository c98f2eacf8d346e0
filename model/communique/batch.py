"""Files to files: label every article of a list of paths and write the rows as they come, in input order."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol

from communique.errors import InputError
from communique.labeler import BATCH, Labeler
from communique.reading.sources import ReadOptions, read_paths
from communique.records import Article, LabeledArticle

FORMATS = ("table", "jsonl", "csv", "parquet")

#: The columns of a row, in the order in which tables have them.
COLUMNS = (
    "article", "paragraph", "kind", "start", "stop", "text", "domains", "domain_scores", "partners", "partner_scores",
    "named", "evidence", "review", "title", "date", "model",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did: articles labelled, paragraphs written, inputs that failed."""

    articles: int
    paragraphs: int
    failures: int


class Writer(Protocol):
    """Takes labelled articles one by one."""

    def write(self, article: LabeledArticle) -> None: ...
    def close(self) -> None: ...


def label_paths(
    labeler: Labeler,
    paths: Sequence[Path | str],
    writer: Writer,
    *,
    options: ReadOptions | None = None,
    on_failure: Callable[[InputError], None] = lambda error: None,
) -> Summary:
    """Label all articles of `paths` into `writer`; a failed input goes to `on_failure`, and the run goes on."""
    articles = paragraphs = failures = 0
    for item in labelled(labeler, read_paths(paths, options=options)):
        if isinstance(item, InputError):
            failures += 1
            on_failure(item)
        else:
            articles += 1
            paragraphs += len(item.body)
            writer.write(item)
    return Summary(articles, paragraphs, failures)


def labelled(labeler: Labeler, source: Iterable[Article | InputError]) -> Iterator[LabeledArticle | InputError]:
    """Label a stream in batches; failures keep their place in it."""
    iterator = iter(source)
    while batch := list(islice(iterator, BATCH)):
        results = iter(labeler.label_all([item for item in batch if isinstance(item, Article)]))
        for item in batch:
            yield next(results) if isinstance(item, Article) else item


@contextmanager
def open_writer(path: Path | None, format: str, *, keep_boilerplate: bool = False) -> Iterator[Writer]:
    """A writer to `path`, or to standard output. A file appears under its name only when it is complete."""
    if path is None:
        if format == "parquet":
            raise InputError("Parquet is no format for standard output; name a file with -o")
        writer = _writer(sys.stdout, None, format, keep_boilerplate)
        yield writer
        writer.close()
        return
    part = path.with_name(path.name + ".part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        stream: IO[str] | None = None if format == "parquet" else part.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path) from error
    try:
        writer = _writer(stream, part, format, keep_boilerplate)
        yield writer
        writer.close()
        if stream:
            stream.close()
        part.replace(path)
    except BaseException:
        if stream:
            stream.close()
        part.unlink(missing_ok=True)
        raise


def _writer(stream: IO[str] | None, part: Path | None, format: str, keep_boilerplate: bool) -> Writer:
    if format == "parquet":
        assert part is not None
        return _ParquetWriter(part, keep_boilerplate)
    assert stream is not None
    if format == "csv":
        return _CsvWriter(stream, keep_boilerplate)
    if format == "table":
        return _TableWriter(stream, keep_boilerplate)
    return _LinesWriter(stream, keep_boilerplate)


class _LinesWriter:
    """One JSON object a line."""

    def __init__(self, stream: IO[str], keep_boilerplate: bool) -> None:
        self._stream = stream
        self._keep = keep_boilerplate

    def write(self, article: LabeledArticle) -> None:
        for row in article.rows(keep_boilerplate=self._keep):
            self._stream.write(json.dumps(row, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._stream.flush()


class _CsvWriter:
    """Comma-separated; lists joined by a semicolon, scores and evidence as JSON."""

    def __init__(self, stream: IO[str], keep_boilerplate: bool) -> None:
        self._stream = stream
        self._keep = keep_boilerplate
        self._rows = csv.DictWriter(stream, fieldnames=COLUMNS)
        self._rows.writeheader()

    def write(self, article: LabeledArticle) -> None:
        for row in article.rows(keep_boilerplate=self._keep):
            self._rows.writerow({name: _cell(value) for name, value in row.items()})

    def close(self) -> None:
        self._stream.flush()


def _cell(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ";".join(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return value


class _ParquetWriter:
    """Parquet with typed columns; scores and evidence as JSON strings' typed counterparts."""

    _ROWS = 4096

    def __init__(self, path: Path, keep_boilerplate: bool) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        text, number = pa.string(), pa.int32()
        scores = pa.map_(text, pa.float32())
        mention = pa.struct([("code", text), ("start", number), ("stop", number), ("surface", text), ("role", text)])
        types = {
            "paragraph": number, "start": number, "stop": number, "domains": pa.list_(text), "domain_scores": scores,
            "partners": pa.list_(text), "partner_scores": scores, "named": pa.list_(text),
            "evidence": pa.list_(mention), "review": pa.bool_(),
        }  # fmt: skip
        self._schema = pa.schema([(name, types.get(name, text)) for name in COLUMNS])
        self._table = pa.Table
        self._file = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._keep = keep_boilerplate
        self._rows: list[dict[str, Any]] = []

    def write(self, article: LabeledArticle) -> None:
        for row in article.rows(keep_boilerplate=self._keep):
            scores = {name: list(row[name].items()) for name in ("domain_scores", "partner_scores")}
            self._rows.append({**row, **scores})
        if len(self._rows) >= self._ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._file.write_table(self._table.from_pylist(self._rows, schema=self._schema))
            self._rows = []

    def close(self) -> None:
        self._flush()
        self._file.close()


class _TableWriter:
    """A table for people, one an article."""

    def __init__(self, stream: IO[str], keep_boilerplate: bool) -> None:
        from rich.console import Console

        self._console = Console(file=stream, width=None if stream.isatty() else 140, highlight=False)
        self._keep = keep_boilerplate

    def write(self, article: LabeledArticle) -> None:
        from rich.table import Table
        from rich.text import Text

        heading = article.id + (f" · {article.date}" if article.date else "")
        table = Table(title=Text(heading), title_justify="left", expand=True, show_lines=False)
        for name, ratio in (("#", 1), ("domains", 6), ("partners", 4), ("paragraph", 18)):
            table.add_column(name, ratio=ratio, overflow="ellipsis", no_wrap=name == "paragraph")
        for row in article.rows(keep_boilerplate=self._keep):
            partners = [code if code in row["named"] else f"({code})" for code in row["partners"]]
            flag = " ?" if row["review"] else ""
            table.add_row(
                str(row["paragraph"]),
                Text(", ".join(row["domains"]) + flag if row["kind"] == "body" else "boilerplate"),
                Text(" ".join(partners)),
                Text(" ".join(row["text"].split())),
            )
        self._console.print(table)

    def close(self) -> None:
        self._console.file.flush()
