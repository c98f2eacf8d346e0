"""The rows of labelled output, read back as a stream: JSON lines (also compressed) or Parquet."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from communique.errors import InputError, require
from communique.tables import COLUMNS

Row = Mapping[str, Any]

_LINES = (".jsonl", ".ndjson")


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of an output of `communique predict`, in their order; one batch is in memory at a time.

    Raises `InputError` where the file is missing or damaged, or its rows are no labels.
    """
    if not path.is_file():
        raise InputError("no such file; expected what `communique predict -o` wrote", path=path)
    kind = path.with_suffix("").suffix if path.suffix in (".gz", ".zst") else path.suffix
    if kind in _LINES:
        yield from _rows_of_lines(path)
    elif path.suffix == ".parquet":
        yield from _rows_of_parquet(path)
    else:
        raise InputError(
            f"expected labels as .jsonl (also .gz, .zst) or .parquet, got {path.suffix or 'no suffix'}; write them with "
            "`communique predict -o labels.jsonl`",
            path=path,
        )


def _rows_of_lines(path: Path) -> Iterator[Row]:
    number = 0
    try:
        with path.open("rb") as file, _expanded(file, path) as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _checked(json.loads(line), path, number)
    except ValueError as error:  # broken JSON, or no UTF-8
        raise InputError(f"broken JSON ({error}); expected one object a line", path=path, line=number) from error
    except (OSError, EOFError) as error:
        raise InputError(f"damaged ({error}); write it again", path=path, line=number + 1) from error


def _expanded(file: IO[bytes], path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(file, "rb"))
    if path.suffix == ".zst":
        require("pyarrow", "reading Zstandard", "parquet")
        import pyarrow

        return io.BufferedReader(cast("io.RawIOBase", pyarrow.CompressedInputStream(pyarrow.PythonFile(file), "zstd")))
    return file


def _rows_of_parquet(path: Path) -> Iterator[Row]:
    require("pyarrow", "reading Parquet", "parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as table:
            columns = [name for name in COLUMNS if name in table.schema_arrow.names]
            for batch in table.iter_batches(batch_size=2048, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    yield _checked(row, path, number)
    except pa.ArrowException as error:
        raise InputError(f"damaged Parquet ({error}); write it again", path=path) from error


def _checked(row: Any, path: Path, number: int) -> Row:
    missing = [name for name in COLUMNS if name not in row] if isinstance(row, dict) else list(COLUMNS)
    if missing:
        raise InputError(
            f"expected a labelled paragraph as `communique predict` writes it; no {', '.join(missing)}",
            path=path,
            line=number,
        )
    if row["kind"] == "body" and not all(isinstance(row[name], list) for name in ("domains", "partners", "evidence")):
        raise InputError("expected lists of domains, partners and evidence; got something else", path=path, line=number)
    return cast("Row", row)
