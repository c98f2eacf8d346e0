"""Rows of labelled paragraphs as tables: Arrow, pandas, Hugging Face datasets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from communique.errors import MissingExtraError, require

if TYPE_CHECKING:
    import datasets
    import pandas
    import pyarrow

#: The columns of a row, in the order in which tables have them.
COLUMNS = (
    "article", "paragraph", "kind", "start", "stop", "text", "domains", "domain_scores", "partners", "partner_scores",
    "named", "evidence", "review", "title", "date", "model",
)  # fmt: skip

#: What a spreadsheet would take for a formula, apostrophes before it or not.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")

#: Rows that become Arrow together.
BATCH = 4096


def arrow_rows(rows: Sequence[dict[str, Any]]) -> pyarrow.RecordBatch:
    """The rows of `LabeledArticle.rows` as Arrow, in the columns and types of a Parquet output."""
    import pyarrow as pa

    maps = ("domain_scores", "partner_scores")
    given = [{**row, **{name: list(row[name].items()) for name in maps if row[name] is not None}} for row in rows]
    try:
        return pa.RecordBatch.from_pylist(given, schema=arrow_schema())
    except UnicodeEncodeError:  # a lone surrogate
        return pa.RecordBatch.from_pylist([_encodable(row) for row in given], schema=arrow_schema())


def defused(cell: Any) -> Any:
    """A cell of a CSV file; text that a spreadsheet would run as a formula has an apostrophe before it.

    To undo it, take one apostrophe from cells that match `^'+[=+\\-@\\t\\r\\n]`. A NUL, which Python's `csv` writes from
    3.11 on only, is shown as U+FFFD.
    """
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\0", "\ufffd")
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(v) for key, v in value.items()}
    return [_encodable(v) for v in value] if isinstance(value, list) else value


def arrow_schema() -> pyarrow.Schema:
    """The columns of a Parquet output: lists of codes, maps of scores, evidence as structs."""
    require("pyarrow", "a Parquet output", "parquet")
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


def pandas_of(rows: Iterable[dict[str, Any]]) -> pandas.DataFrame:
    """One line a row; labels stay lists, scores dicts. Raises `MissingExtraError` where pandas is not installed."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("a DataFrame of labels", "notebook") from error
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def dataset_of(rows: Iterable[dict[str, Any]]) -> datasets.Dataset:
    """One line a row, typed; scores are lists of `{"label", "score"}`, since a `Dataset` has no maps.

    Raises `MissingExtraError` where datasets is not installed.
    """
    try:
        from datasets import Dataset, concatenate_datasets
    except ImportError as error:
        raise MissingExtraError("a dataset of labels", "notebook") from error

    iterator = iter(rows)
    parts = [Dataset(_without_maps(arrow_rows([])))]
    while batch := list(islice(iterator, BATCH)):
        parts.append(Dataset(_without_maps(arrow_rows(batch))))
    return concatenate_datasets(parts)


def _without_maps(rows: pyarrow.RecordBatch) -> pyarrow.Table:
    import pyarrow as pa

    columns = {}
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        if pa.types.is_map(column.type):
            pairs = pa.StructArray.from_arrays([column.keys, column.items], ["label", "score"])
            column = pa.ListArray.from_arrays(column.offsets, pairs)
        columns[name] = column
    return pa.table(columns)
