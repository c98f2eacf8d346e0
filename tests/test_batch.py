import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from communique.batch import COLUMNS, label_paths, open_writer
from communique.errors import InputError

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
    with open_writer(output, format, **options) as writer:
        summary = label_paths(labeler, [source], writer, on_failure=failures.append)
    return summary, failures


def test_every_format_has_the_same_rows(labeler, source, tmp_path):
    rows = {}
    for format in ("jsonl", "csv", "parquet"):
        summary, failures = run(labeler, source, tmp_path / f"o.{format}", format)
        assert (summary.articles, summary.paragraphs, summary.failures) == (2, 2, 1)
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


def test_a_run_that_fails_leaves_no_output(labeler, source, tmp_path):
    output = tmp_path / "o.jsonl"
    with pytest.raises(RuntimeError), open_writer(output, "jsonl"):
        assert not output.exists()
        raise RuntimeError
    assert list(tmp_path.glob("o*")) == []


def test_parquet_needs_a_file():
    with pytest.raises(InputError, match="name a file with -o"), open_writer(None, "parquet"):
        pass
