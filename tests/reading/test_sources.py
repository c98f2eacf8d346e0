import datetime
import gzip
import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique.errors import InputError
from communique.reading.files import kind_of
from communique.reading.sources import holds_labels, read_file, read_paths
from communique.reading.tables import ReadOptions
from communique.records import Article
from communique.tables import COLUMNS

BODY = "Le ministre a reçu lundi son homologue, avec lequel il a fait le point des projets en cours."
ROWS = [{"id": "a", "text": BODY, "title": "Un", "date": "2019-12", "home": "LAO"}, {"id": "b", "text": BODY}]


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
CSV = f'id,text,title,date,home\na,"{BODY}",Un,2019-12,LAO\nb,"{BODY}",,,\n'.encode()
SEMICOLONS = f'id;text;title;date;home\na;"{BODY}";Un;2019-12;LAO\nb;"{BODY}";;;\n'.encode()
TABS = SEMICOLONS.replace(b";", b"\t")


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
        ("t.csv", SEMICOLONS),
        ("t.csv", TABS),
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
    ("data", "ids", "message", "reason"),
    [
        (LINES, ["a", "b"], "", "JSON lines"),
        (BODY.encode(), ["-"], "", "one text"),
        (CSV, ["a", "b"], "", "CSV"),
        (b"\xef\xbb\xbf" + CSV, ["a", "b"], "", "CSV as a spreadsheet saves it"),
        (b'"id","text"\r\n1,x\r\n', ["1"], "", "columns in quotes"),
        (SEMICOLONS, ["a", "b"], "", "CSV of a spreadsheet whose comma is a decimal sign"),
        (b"The text, said the minister, is ready\n", ["-"], "", "a text with commas, and the word"),
        (b"", [], "holds no text", "nothing"),
    ],
)
def test_standard_input(monkeypatch, data, ids, message, reason):
    class Stdin:
        buffer = io.BytesIO(data)

    monkeypatch.setattr(sys, "stdin", Stdin)
    found = list(read_paths(["-"]))
    assert [a.id for a in found if isinstance(a, Article)] == ids, reason
    assert [message in text for _, _, text in reasons(found)] == ([True] if message else []), reason


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


def labels(path, article):
    """What `predict` writes of an article with so many paragraphs, with no label."""
    row = dict.fromkeys(COLUMNS)
    rows = [
        row | {"article": article, "text": BODY, "paragraph": i, "domain_scores": {"defense": 0.1}} for i in range(3)
    ]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        path.write_text(",".join(COLUMNS) + "\n" + f",0,body,0,1,{BODY},,,,,,,,,,\n" * 3)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["o.jsonl", "o.csv", "o.parquet"])
def test_labels_are_no_articles_and_one_failure(tmp_path, name):
    write(tmp_path / "a.jsonl", LINES)
    path = labels(tmp_path / name, "x")
    found = list(read_paths([tmp_path]))
    assert [a.id for a in found if isinstance(a, Article)] == ["a", "b"]
    assert [(line, "a row that `communique predict` wrote" in text) for line, _, text in reasons(found)] == [
        (None, True)
    ]
    assert (holds_labels(path), holds_labels(tmp_path / "a.jsonl")) == (True, False)


def test_labels_among_articles_are_failures_one_by_one(tmp_path):
    path = labels(tmp_path / "t.jsonl", "x")
    write(path, LINES + path.read_bytes())
    assert [line for line, _, text in reasons(articles(path)) if "predict" in text] == [3, 4, 5]


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


def reasons(found):
    return [(item.line, item.rest, item.reason) for item in found if isinstance(item, InputError)]


@pytest.mark.parametrize(
    ("rows", "ids", "line", "message", "reason"),
    [
        (["a,un", 'b,"deux', "c,trois"], ["a"], 3, "broken CSV", "a quote that is never closed"),
        (["a,un", "b,deux, et trois", "c,trois"], ["a", "c"], 3, "3 fields for 2 columns", "a comma without quotes"),
        (["a,un", "b,caf\xe9", "c,trois"], ["a", "c"], 3, "not utf-8", "another encoding in one row"),
        (
            ["a,un", "b," + "x" * 5000, "c,trois"],
            ["a", "c"],
            3,
            "more than 1,000 characters in one line",
            "a huge line",
        ),
        (["a,un", 'b,"' + "x" * 5000 + '"', "c,trois"], ["a", "c"], 3, "in one line", "a huge line within quotes"),
        (["a,un", 'b,"' + "x\n" * 600 + '"', "c,trois"], ["a"], 3, "in one row; close its quotes", "a huge row"),
        (["a,un", 'b,"' + "x\n" * 490 + "x" * 900 + '"', "c,d"], ["a", "c"], 3, "in one row", "its last line is over"),
        (
            ["a,un", 'b,"x', "y,z", 'c,"trois"', "d,quatre"],
            ["a"],
            3,
            "broken CSV",
            "where the next row begins is unknown",
        ),
        (["a,un", "", "c,trois"], ["a", "c"], None, "", "a blank line is none"),
    ],
)
def test_a_broken_row_of_a_csv_costs_no_other(tmp_path, rows, ids, line, message, reason):
    path = write(tmp_path / "t.csv", "\n".join(["id,text", *rows, ""]).encode("latin-1"))
    found = articles(path, max_bytes=1000)
    assert [a.id for a in found if isinstance(a, Article)] == ids, reason
    assert [(at, message in text) for at, _, text in reasons(found)] == ([(line, True)] if line else []), reason


def test_two_columns_of_one_name_are_refused(tmp_path):
    (error,) = articles(write(tmp_path / "t.csv", b"text,text\na,b\n"))
    assert "2 columns are called 'text'" in error.reason


def test_a_damaged_archive_says_from_where_on_it_cannot_be_read(tmp_path):
    lines = b"".join(json.dumps({"text": f"{BODY} {i}"}).encode() + b"\n" for i in range(3000))
    found = articles(write(tmp_path / "t.jsonl.gz", gzip.compress(lines)[:-200]))
    ((line, rest, _),) = reasons(found)
    assert (line, rest) == (len(found), True)


def test_articles_without_ids_are_named_by_their_file_in_its_folder(tmp_path):
    for year in ("2019", "2020"):
        (tmp_path / year).mkdir()
        write(tmp_path / year / "t.jsonl", json.dumps({"text": BODY}).encode())
    assert [a.id for a in read_paths([tmp_path])] == ["2019/t.jsonl:1", "2020/t.jsonl:1"]


def test_links_that_lead_nowhere_or_back_cost_no_other(tmp_path):
    write(tmp_path / "a.txt", BODY.encode())
    (tmp_path / "b.txt").symlink_to("b.txt")
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    found = list(read_paths([tmp_path]))
    assert [a.id for a in found if isinstance(a, Article)] == ["a.txt"]
    assert len(reasons(found)) == 1


def test_a_date_of_parquet_is_iso_8601(tmp_path):
    rows = [{"text": BODY, "date": datetime.datetime(2019, 5, 4)}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    assert articles(tmp_path / "t.parquet")[0].date == "2019-05-04"


def test_a_text_of_parquet_that_is_no_text_costs_no_other(tmp_path):
    data = pa.array([BODY.encode(), b"caf\xe9", BODY.encode()], pa.binary())
    pq.write_table(pa.table({"text": data}), tmp_path / "t.parquet")
    table = pq.read_table(tmp_path / "t.parquet")
    raw = pa.StringArray.from_buffers(3, *data.buffers()[1:])
    pq.write_table(table.set_column(0, "text", raw), tmp_path / "t.parquet")
    found = articles(tmp_path / "t.parquet")
    assert [isinstance(a, Article) for a in found] == [True, False, True]
    assert [line for line, _, _ in reasons(found)] == [2]
