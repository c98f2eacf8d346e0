import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from communique.batch.formats import FORMATS, Parquet
from communique.batch.run import BatchOptions, label_files
from communique.errors import InputError
from communique.tables import COLUMNS

TEXT = "Visite\n\nLe ministre de la Défense a reçu lundi à Hanoï son homologue russe, Ivan Petrov.\n\nPhoto : VNA\n"


@pytest.fixture
def source(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXT)
    (tmp_path / "in" / "b.txt").write_text("")
    (tmp_path / "in" / "c.txt").write_text(TEXT)
    return tmp_path / "in"


def run(labeler, source, output, format, **options):
    failures = []
    done = label_files(labeler, [source], output, options=BatchOptions(format, **options), on_failure=failures.append)
    return done, failures


def test_every_format_has_the_same_rows(labeler, source, tmp_path):
    rows = {}
    for format in ("jsonl", "csv", "parquet"):
        done, failures = run(labeler, source, tmp_path / f"o.{format}", format)
        assert (done.articles, done.paragraphs, done.failures) == (2, 2, 1)
        assert [f.reason for f in failures] == ["the file is empty; leave it out, or put an article in it"]
    rows["jsonl"] = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    rows["csv"] = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text())))
    rows["parquet"] = pq.read_table(tmp_path / "o.parquet").to_pylist()
    for format, found in rows.items():
        assert [r["article"] for r in found] == ["a.txt", "c.txt"], format
        assert tuple(found[0]) == COLUMNS
    first = rows["jsonl"][0]
    assert (first["domains"], first["partners"], first["named"]) == (["defense"], ["RUS"], ["RUS"])
    assert TEXT[first["start"] : first["stop"]] == first["text"]
    assert rows["csv"][0]["partners"] == "RUS"
    assert rows["parquet"][0]["partners"] == ["RUS"]
    assert rows["parquet"][0]["evidence"] == first["evidence"]


def test_boilerplate_is_written_on_request(labeler, source, tmp_path):
    run(labeler, source, tmp_path / "o.jsonl", "jsonl", keep_boilerplate=True)
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert kinds == ["body", "boilerplate"] * 2


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_an_archive_without_a_single_article_has_an_output_without_rows(labeler, tmp_path, format):
    (tmp_path / "a.jsonl").write_text("{broken\n")
    done, failures = run(labeler, tmp_path / "a.jsonl", tmp_path / f"o.{format}", format)
    assert (done.articles, done.failures, len(failures)) == (0, 1, 1)
    if format == "parquet":
        assert pq.read_table(tmp_path / "o.parquet").column_names == list(COLUMNS)
    else:
        assert (tmp_path / f"o.{format}").read_bytes() == FORMATS[format].head()


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet", "table"])
def test_half_of_a_character_pair_does_not_stop_a_run(labeler, tmp_path, format):
    (tmp_path / "a.jsonl").write_text('{"text": "Le ministre russe \\ud83d a parlé lundi à Hanoï de la paix."}\n')
    done, _ = run(labeler, tmp_path / "a.jsonl", tmp_path / "o", format)
    assert (done.articles, done.failures) == (1, 0)


def test_parquet_has_row_groups_of_bounded_size(labeler, tmp_path, monkeypatch):
    monkeypatch.setattr(Parquet, "ROWS", 10)
    monkeypatch.setattr("communique.batch.parts.ITEMS", 8)
    (tmp_path / "a.jsonl").write_text((json.dumps({"text": TEXT}) + "\n") * 40)
    run(labeler, tmp_path / "a.jsonl", tmp_path / "o.parquet", "parquet")
    file = pq.ParquetFile(tmp_path / "o.parquet")
    assert [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)] == [16, 16, 8]


def test_parquet_needs_a_file(labeler):
    with pytest.raises(InputError, match="name a file with -o"):
        label_files(labeler, [], None, options=BatchOptions("parquet"))
