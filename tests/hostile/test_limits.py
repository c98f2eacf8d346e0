"""What is too much is refused by name: which limit, what it is, and how to raise it."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique.errors import InputError
from communique.reading.sources import read_file
from communique.reading.tables import ReadOptions
from communique.records import Article

BODY = "Le ministre a reçu lundi son homologue, avec lequel il a fait le point des projets en cours."


def line(**row: object) -> bytes:
    return json.dumps({"text": BODY, **row}).encode()


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def zstd(data: bytes) -> bytes:
    return pa.compress(data, "zstd", asbytes=True)


ZEROS = bytes(1 << 20)
ROWS = (f"{BODY}\n" * 30).encode()


@pytest.mark.parametrize(
    ("name", "data", "limit", "message", "reason"),
    [
        ("a.txt", ROWS, {"max_bytes": 1000}, "more than 1,000 bytes in one article; split it, or raise --max-bytes", "a text file"),
        ("a.txt", ROWS, {"max_characters": 1000}, "characters, more than 1,000 in one article; split it, or raise --max-characters", "characters"),
        ("a.txt", ROWS, {"max_paragraphs": 9}, "30 paragraphs, more than 9 in one article; split it, or raise --max-paragraphs", "paragraphs"),
        ("a.jsonl", line(text=BODY * 20), {"max_characters": 1000}, "raise --max-characters", "the text of a row"),
        ("a.jsonl", line(text=None, paragraphs=[{"text": BODY}] * 20), {"max_characters": 1000}, "raise --max-characters", "paragraphs that are given, together"),
        ("a.jsonl", line(text=None, paragraphs=[{"text": BODY}] * 20), {"max_paragraphs": 9}, "20 paragraphs, more than 9", "paragraphs that are given"),
        ("a.jsonl", line(id="a" * 3000), {}, "3,000 characters in 'id', expected at most 2,000; shorten it", "an id stands in every row"),
        ("a.jsonl", line(title="a" * 3000), {}, "3,000 characters in 'title'", "so does a title"),
        ("a.jsonl", line(a=json.loads("[" * 40 + "]" * 40)), {"max_nesting": 30}, "more than 30 lists and objects inside each other", "nesting"),
        ("a.jsonl", b'{"text": "' + b"[" * 40 + b'\\"]", "a": ' + b"[" * 3000, {}, "more than 64 lists and objects inside each other", "deeper than Python goes"),
        ("a.jsonl", b'{"text": "x", "id": ' + b"9" * 9000 + b"}", {}, "broken JSON", "a number of thousands of digits"),
        ("a.txt.gz", gzip.compress(ZEROS), {"max_bytes": 9000, "max_expansion": 50}, "raise --max-expansion", "a bomb of one text"),
        ("a.jsonl.gz", gzip.compress(ZEROS), {"max_bytes": 9000, "max_expansion": 50}, "more than 50 times its size when it is decompressed; if that is as it should be, raise --max-expansion", "a bomb of one line"),
        ("a.jsonl.gz", gzip.compress(b"\n" * (1 << 20)), {"max_bytes": 9000, "max_expansion": 50}, "raise --max-expansion", "a bomb of blank lines"),
        ("a.jsonl.zst", zstd(ZEROS), {"max_bytes": 9000, "max_expansion": 50}, "raise --max-expansion", "Zstandard"),
        ("a.csv.gz", gzip.compress(b"text\n" + ZEROS), {"max_bytes": 9000, "max_expansion": 50}, "raise --max-expansion", "CSV"),
        ("a.csv", b"a" * 2000, {"max_bytes": 1000}, "in the line of its columns: more than 1,000 characters", "a giant head"),
        ("a.csv", b'a,"b\nc,d', {}, "broken CSV in the line of its columns", "a broken head"),
        ("a.csv", b",".join(b"c%d" % i for i in range(500)), {}, "found c0, c1,", "many columns"),
        ("a.csv", b"text\na\0b\n", {}, "a zero byte", "binary data"),
        ("a.csv", b"text\n" + b"a" * 200_000, {"max_bytes": 150_000}, "more than 150,000 characters in one line", "a giant field"),
        ("a.parquet", parquet(pa.table({"text": [BODY * 20]})), {"max_bytes": 1000}, "more than 1,000 bytes in one row", "a giant value"),
        ("a.parquet", parquet(pa.table({"text": [1]})), {}, "expected text in 'text', got int", "numbers"),
        ("a.parquet", parquet(pa.table({"text": [[BODY]]})), {}, "got list", "a nested column"),
        ("a.parquet", parquet(pa.table({"text": [{"text": BODY}]})), {}, "got dict", "a column of records"),
        ("a.parquet", parquet(pa.table({"body": [BODY]})), {}, "no column 'text'; found body", "no texts"),
        ("a.parquet", parquet(pa.table({"text": [BODY]}))[:-40], {}, "cannot be read", "truncated"),
        ("a.parquet", b"PAR1" + bytes(64) + b"\xff\xff\xff\x7fPAR1", {}, "copy or write it again", "a footer longer than the file"),
        ("a.parquet", ZEROS, {}, "cannot be read", "zeros"),
    ],
)  # fmt: skip
def test_what_is_too_much_is_refused_by_name(tmp_path, name, data, limit, message, reason):
    path = tmp_path / name
    path.write_bytes(data)
    *_, error = read_file(path, options=ReadOptions(**limit))
    assert isinstance(error, InputError), reason
    assert message in error.reason, reason


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.jsonl", line(text=BODY + " [{" * 99), "brackets of a text are not nested"),
        ("a.jsonl", line(text=BODY, a="\\" + "[" * 99), "behind a backslash neither"),
        ("a.jsonl.gz", gzip.compress(line()), "a small file may be as it likes"),
        ("a.parquet", parquet(pa.table({"text": pa.array([BODY]).dictionary_encode()})), "words by number"),
        ("a.parquet", parquet(pa.table({"text": pa.array([BODY], pa.large_string())})), "large strings"),
    ],
)
def test_what_only_looks_like_too_much_is_read(tmp_path, name, data, reason):
    (tmp_path / name).write_bytes(data)
    (article,) = read_file(tmp_path / name)
    assert isinstance(article, Article), reason


def test_a_table_without_rows_has_no_articles(tmp_path):
    (tmp_path / "a.parquet").write_bytes(parquet(pa.table({"text": pa.array([], pa.string())})))
    (tmp_path / "a.csv").write_bytes(b"text\n")
    assert list(read_file(tmp_path / "a.parquet")) == list(read_file(tmp_path / "a.csv")) == []


def test_what_was_read_before_a_bomb_is_kept(tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line() + b"\n" + bytes(1 << 24)))
    *before, error = read_file(tmp_path / "a.jsonl.gz", options=ReadOptions(max_bytes=9000, max_expansion=50))
    assert [type(a) for a in before] == [Article, InputError]
    assert "in one line" in before[1].reason
    assert (error.line, error.rest) == (3, True)


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_a_bomb_is_not_unfolded(tmp_path, compress):
    (tmp_path / "a.jsonl").write_bytes(b"")
    path = tmp_path / ("a.jsonl.gz" if compress is gzip.compress else "a.jsonl.zst")
    path.write_bytes(compress(bytes(1 << 26)))
    tracemalloc.start()
    list(read_file(path, options=ReadOptions(max_bytes=100_000, max_expansion=50)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 23


def test_a_quote_that_is_never_closed_takes_no_more_than_a_row_may(tmp_path):
    rows = "".join(f"{i},La réunion s'est achevée lundi à Hanoï.\n" for i in range(200))
    (tmp_path / "a.csv").write_text(f'id,text\n0,"{rows}', encoding="utf-8")
    (found,) = read_file(tmp_path / "a.csv", options=ReadOptions(max_bytes=2000))
    assert "more than 2,000 characters in one row; close its quotes" in found.reason
    assert (found.line, found.rest) == (2, True)  # the file has to be mended and read again from there
