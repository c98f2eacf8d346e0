"""Any input whatever: see properties.py for what holds. The rows are what once broke it."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from alphabet import PIECES, SENTENCE, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import FILES, NARROW, OF_TEXT, check_file

few = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

pieces = st.sampled_from(PIECES) | st.text(max_size=4) | st.characters(codec=None)
texts = st.lists(pieces | st.builds(lambda piece, times: piece * times, pieces, st.integers(2, 200)), max_size=25).map(
    "".join
)
pages = st.builds(
    lambda inner, times: f"<html><body><article><p>{SENTENCE}{inner}</p>" * times, texts, st.integers(1, 3)
)


@few
@given(texts)
@pytest.mark.parametrize("of", ["text", "mentions", "repair"])
def test_any_text(of, text):
    OF_TEXT[of](text)


@few
@given(pages)
def test_any_page(page):
    OF_TEXT["page"](page)


@pytest.mark.parametrize(
    ("of", "text", "reason"),
    [
        ("mentions", "\u1100\u1161 Russie", "what is not composed, and is no Latin letter, was composed without end"),
        ("page", f"<html><body><p>{SENTENCE}</p><![x", "a declaration that is none ended the page's parser"),
    ],
)
def test_what_once_broke(of, text, reason):
    OF_TEXT[of](text)


def zstd(data: bytes) -> bytes:
    return pa.compress(data, "zstd", asbytes=True)


values = texts | st.none() | st.integers() | st.floats() | st.booleans() | st.lists(st.integers(), max_size=2)
rows = st.dictionaries(
    st.sampled_from(["id", "text", "title", "date", "home", "paragraphs", "\0", "ß"]), values, max_size=5
)


@few
@given(st.lists(rows, max_size=4), st.binary(max_size=20), st.booleans())
def test_any_json_lines(rows, noise, ascii):
    lines = "\n".join(json.dumps(row, ensure_ascii=ascii) for row in rows).encode("utf-8", "surrogatepass")
    for data in (lines, lines + noise, lines[: len(lines) // 2]):
        check_file("a.jsonl", data)
        check_file("a.jsonl.gz", gzip.compress(data)[: len(data) + 10], NARROW)


@few
@given(st.lists(st.lists(texts, min_size=1, max_size=4), max_size=4), st.binary(max_size=20))
def test_any_csv(cells, noise):
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["id", "text", "title"], *cells])
    table = written.getvalue().encode("utf-8", "surrogatepass")
    for data in (table, table + noise, table.replace(b'"', b""), table[: len(table) // 2]):
        check_file("a.csv", data)
        check_file("a.csv.zst", zstd(data), NARROW)


@few
@given(st.lists(texts.map(lambda t: t.encode("utf-8", "replace").decode()) | st.none(), max_size=6), st.data())
def test_any_parquet(column, data):
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": pa.array(column, pa.string()), "id": list(range(len(column)))}), sink)
    whole = bytearray(sink.getvalue())
    check_file("a.parquet", bytes(whole))
    for _ in range(3):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    check_file("a.parquet", bytes(whole))
    check_file("a.parquet", bytes(whole[: data.draw(st.integers(0, len(whole)))]))


@few
@given(
    st.sampled_from(FILES),
    st.binary(max_size=300) | st.binary(max_size=60).map(lambda b: text_of(b).encode("utf-8", "replace")),
)
def test_any_bytes(name, data):
    check_file(name, data)
    check_file(
        name, gzip.compress(data) if name.endswith(".gz") else zstd(data) if name.endswith(".zst") else data, NARROW
    )
