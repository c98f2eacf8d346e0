import gzip
import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique.errors import InputError
from communique.reading.sources import ReadOptions, kind_of, read_file, read_paths
from communique.records import Article

BODY = "Le ministre a reçu lundi son homologue, avec lequel il a fait le point des projets en cours."
ROWS = [{"id": "a", "text": BODY, "title": "Un", "date": "2019-12", "home": "LAO"}, {"id": "b", "text": BODY}]


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
CSV = f'id,text,title,date,home\na,"{BODY}",Un,2019-12,LAO\nb,"{BODY}",,,\n'.encode()


def write(path, data):
    path.write_bytes(data)
    return path


def articles(path, **options):
    return list(read_file(path, options=ReadOptions(**options)))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.jsonl", LINES),
        ("t.ndjson", LINES),
        ("t.jsonl.gz", gzip.compress(LINES)),
        ("t.jsonl.zst", zstd(LINES)),
        ("t.csv", CSV),
        ("t.csv", b"\xef\xbb\xbf" + CSV),
        ("t.csv.gz", gzip.compress(CSV)),
    ],
)
def test_tables_of_every_kind_give_the_same_articles(tmp_path, name, data):
    first, second = articles(write(tmp_path / name, data))
    assert (first.id, first.title, first.date, first.home) == ("a", "Un", "2019-12", "LAO")
    assert (second.id, second.title, second.date, second.home) == ("b", None, None, None)
    assert first.paragraphs[0].text == BODY


def test_parquet(tmp_path):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t.parquet")
    assert [a.id for a in articles(tmp_path / "t.parquet")] == ["a", "b"]


def test_columns_can_be_named(tmp_path):
    path = write(tmp_path / "t.csv", f'nr,corps\n7,"{BODY}"\n'.encode())
    (article,) = articles(path, text_column="corps", id_column="nr")
    assert article.id == "7"


def test_an_article_without_an_id_is_named_by_its_line(tmp_path):
    path = write(tmp_path / "t.jsonl", json.dumps({"text": BODY}).encode())
    assert articles(path)[0].id == "t.jsonl:1"


def test_coded_paragraphs_are_taken_as_they_are(tmp_path):
    row = {"id": "a", "paragraphs": [{"text": BODY}, {"text": "Photo", "kind": "boilerplate"}]}
    (article,) = articles(write(tmp_path / "t.jsonl", json.dumps(row).encode()))
    assert [p.kind for p in article.paragraphs] == ["body", "boilerplate"]


def test_a_folder_is_read_in_the_order_of_its_names_and_names_its_articles(tmp_path):
    (tmp_path / "2019").mkdir()
    write(tmp_path / "2019" / "b.txt", BODY.encode())
    write(tmp_path / "a.txt", BODY.encode())
    write(tmp_path / "notes.md", b"not ours")
    write(tmp_path / ".hidden.txt", b"not ours")
    assert [a.id for a in read_paths([tmp_path])] == ["2019/b.txt", "a.txt"]


@pytest.mark.parametrize(
    ("data", "kinds"),
    [(LINES, 2), (BODY.encode(), 1), (b"", 0)],
)
def test_standard_input(monkeypatch, data, kinds):
    class Stdin:
        buffer = io.BytesIO(data)

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert sum(isinstance(a, Article) for a in read_paths(["-"])) == kinds


@pytest.mark.parametrize(
    ("name", "data", "message", "reason"),
    [
        ("a.txt", b"", "the file is empty", "empty"),
        ("a.txt", b"  \n ", "holds no text", "blank"),
        ("a.txt", b"PNG\0\x01", "binary data", "binary"),
        ("a.txt", "réunion".encode("latin-1"), "not utf-8: byte 0xe9 at 1", "another encoding"),
        ("a.txt", b"x" * 2000, "more than 1,000 bytes", "huge"),
        ("a.html", b"<html></html>", "expected a web page with an article", "no article"),
        ("a.pdf", b"%PDF", "expected .txt, .html", "unknown kind"),
        ("a.txt.gz", gzip.compress(BODY.encode())[:40], "truncated or damaged", "truncated gzip"),
        ("a.txt.gz", b"no gzip at all", "truncated or damaged", "not gzip"),
        ("a.txt.zst", b"no zstd at all", "truncated or damaged", "not zstd"),
        ("a.txt.zst", zstd((BODY * 50).encode())[:-9], "truncated", "truncated zstd"),
        ("a.parquet", b"PAR1 not", "cannot be read", "damaged Parquet"),
        ("a.csv", b"id,body\n1,x\n", "no column 'text'; found id, body", "no text column"),
        ("a.jsonl", b'{"id": 1, "text": ', "a.jsonl:1: broken JSON", "broken line"),
        ("a.jsonl", b"[1]", "expected a JSON object, got list", "not an object"),
        ("a.jsonl", b'{"id": "a"}', "expected text in 'text', got nothing", "no text"),
        ("a.jsonl", b'{"text": 3}', "got int", "text is a number"),
        ("a.jsonl", b'{"text": " "}', "is empty", "empty text"),
        ("a.jsonl", b'{"text": "x", "home": "Vietnam"}', "expected a home country", "bad home"),
        ("a.jsonl", b'{"text": "' + b"x" * 2000 + b'"}', "more than 1,000 bytes in one line", "huge line"),
        ("a.jsonl", b"[" * 900, "broken JSON", "deeply nested"),
    ],
)
def test_bad_input_is_named_with_what_to_do(tmp_path, name, data, message, reason):
    found = articles(write(tmp_path / name, data), max_bytes=1000)
    errors = [e for e in found if isinstance(e, InputError)]
    assert len(errors) == 1, reason
    assert name in str(errors[0])
    assert message in str(errors[0])
    assert "\n" not in str(errors[0])


def test_a_broken_line_leaves_the_others(tmp_path):
    path = write(tmp_path / "t.jsonl", LINES + b"{broken\n" + LINES)
    assert [isinstance(a, Article) for a in articles(path)] == [True, True, False, True, True]


def test_what_does_not_exist():
    (error,) = read_paths(["nowhere.txt"])
    assert "no such file or folder" in str(error)


def test_an_empty_folder(tmp_path):
    (error,) = read_paths([tmp_path])
    assert "expected a folder with" in str(error)


def test_another_encoding_can_be_named(tmp_path):
    path = write(tmp_path / "a.txt", "La réunion s'est achevée.".encode("cp1252"))
    assert articles(path, encoding="cp1252")[0].paragraphs[0].text == "La réunion s'est achevée."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.TXT", ".txt"),
        ("a.b.jsonl.zst", ".jsonl"),
        ("a.htm", ".html"),
        ("a.parquet.gz", None),
        ("a", None),
        ("a.gz", None),
    ],
)
def test_kinds_by_name(tmp_path, name, kind):
    assert kind_of(tmp_path / name) == kind
