"""What was written to do harm: it is shown, labelled, counted, and does none."""

import csv
import gzip
import io
import json
import re
import sys

import pytest

from communique.cli import app

ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]")
BODY = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe, Ivan Petrov.{}"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''=1", '=HYPERLINK("http://x","y")')
ESCAPES = "\x1b[2J\x1b[31mall is well\x1b[0m\x9b1m\u202e\rcommunique: done"


@pytest.fixture
def run(monkeypatch, capsysbinary):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["communique", *map(str, arguments)])
        try:
            app.main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code or 0
        out, err = capsysbinary.readouterr()
        return code, out.decode("utf-8"), err.decode("utf-8")

    return run


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_no_cell_of_a_csv_is_a_formula_and_all_come_back(run, tmp_path):
    rows = [{"id": f, "title": f, "date": f, "text": f"{f} {BODY.format('')}"} for f in FORMULAS]
    source = lines(tmp_path / "in.jsonl", rows)
    for name in ("o.csv", "o.jsonl"):
        assert run("predict", source, "--model", "fast", "-q", "-o", tmp_path / name)[0] == 0
    written = (tmp_path / "o.csv").read_bytes().decode("utf-8")
    cells = list(csv.DictReader(io.StringIO(written, newline="")))
    honest = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert len(cells) == len(honest) == len(FORMULAS)
    assert not [cell for row in cells for cell in row.values() if cell[:1] in tuple("=+-@\t\r\n")]
    assert {row["article"] for row in honest} == set(FORMULAS)
    for cell, row in zip(cells, honest, strict=True):
        for name in ("article", "title", "date", "text"):
            undone = re.sub(r"^'(?='*[=+\-@\t\r\n])", "", cell[name])  # as docs/archives.md says
            assert undone == (row[name] or ""), name


def test_no_cell_of_a_reports_csv_is_a_formula(run, tmp_path):
    row = {
        "article": "=1", "paragraph": 0, "kind": "body", "start": 0, "stop": 1, "text": "=x", "domains": ["=cmd|x"],
        "domain_scores": {"=cmd|x": 0.9}, "partners": ["@RUS"], "partner_scores": {"@RUS": 0.9}, "named": [],
        "evidence": [], "review": True, "title": "+1", "date": "-1+2-03", "model": "=m",
    }  # fmt: skip
    labels = lines(tmp_path / "labels.jsonl", [row])
    code, _, message = run("report", labels, "-o", tmp_path / "x.html", "--csv", tmp_path / "tables")
    assert code == 0, message
    tables = {p.name: list(csv.reader(p.read_text("utf-8").splitlines())) for p in (tmp_path / "tables").iterdir()}
    assert len(tables) == 7
    assert [c for table in tables.values() for line in table for c in line if c[:1] in tuple("=+-@\t\r")] == []
    assert tables["domains.csv"][1][0] == "'=cmd|x"


def test_what_is_said_on_a_terminal_obeys_no_article(run, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / f"bad{ESCAPES.replace('/', '')}\ncommunique: fine.txt").write_bytes(b"\0")
    lines(
        source / "a.jsonl",
        [{"id": ESCAPES, "title": ESCAPES, "date": ESCAPES, "text": f"{ESCAPES} {BODY.format(ESCAPES)} Il est venu."}]
        * 2,
    )
    for options, said in ((["--format", "table"], 2), (["--explain", "--format", "table"], 1)):
        code, out, err = run("predict", source, "--model", "fast", *options)
        assert code == 1
        assert "\\u001b[2J" in out
        assert not ACTIVE.search(out)
        assert not ACTIVE.search(err)
        assert [line[:12] for line in err.splitlines()] == ["communique: "] * said, err
    code, _, err = run("predict", source, "--model", "fast", "-q", "-o", tmp_path / "o.jsonl")
    assert len(err.splitlines()) == 2  # the file that failed, and the id that came twice
    assert not ACTIVE.search(err)


def test_faults_of_a_gold_file_stand_one_on_a_line(run, tmp_path):
    source = tmp_path / f"gold{ESCAPES}\n.jsonl"
    lines(source, [{"id": "a", "date": ESCAPES, "paragraphs": [{"text": "x", "domains": [ESCAPES]}]}, {"id": 1}])
    code, out, err = run("evaluate", source, "--model", "fast")
    assert (code, out, len(err.splitlines())) == (2, "", 3), err
    assert not ACTIVE.search(err)


def test_slices_of_a_gold_file_are_shown_as_they_are(run, tmp_path):
    gold = {
        "id": f"{ESCAPES}", "source": f"https://{ESCAPES}/x", "date": "2020", "lang": ESCAPES, "home": "FRA",
        "paragraphs": [{"text": BODY.format(k), "domains": ["defense"], "partners": ["RUS"], "named": ["RUS"]} for k in range(25)],
    }  # fmt: skip
    code, out, err = run(
        "evaluate", lines(tmp_path / "g.jsonl", [gold]), "--model", "fast", "--samples", "2", "--slices"
    )
    assert (code, err) == (0, "")
    assert not ACTIVE.search(out)


def test_no_name_in_an_input_is_a_path_to_write_to(run, tmp_path, monkeypatch):
    box = tmp_path / "box"
    work, source = box / "work", box / "in"
    work.mkdir(parents=True)
    source.mkdir()
    monkeypatch.chdir(work)
    names = ["../../outside", "/tmp/../../outside", str(box / "outside"), "..", "a/b/../../../c", "C:\\x", "nul\0x"]
    lines(source / "a.jsonl", [{"id": n, "title": n, "date": n, "text": BODY.format("")} for n in names])
    with (source / "..b.txt.gz").open("wb") as file, gzip.GzipFile("../../outside", "wb", fileobj=file) as packed:
        packed.write(BODY.format("").encode())  # the name of a file before it was packed stands in the archive
    lines(source / "gold.jsonl", [
        {"id": n, "source": n, "paragraphs": [{"text": BODY.format(""), "domains": ["defense"], "partners": ["RUS"], "named": ["RUS"]}]}
        for n in names
    ])  # fmt: skip
    before = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*"))
    for name in ("o.jsonl", "o.csv", "o.parquet", "o.txt"):
        run("predict", source, "--model", "fast", "-q", "-o", name)
    run("report", "o.jsonl", "-o", "o.html", "--csv", "tables")
    run("evaluate", source / "gold.jsonl", "--model", "fast", "--samples", "2", "--json", "o.json")
    after = {p.relative_to(tmp_path) for p in tmp_path.rglob("*")} - set(before)
    inside = {str(p.relative_to("box/work")) for p in after if p.parts[:2] == ("box", "work")}
    assert len(inside) == len(after), after
    assert {"o.jsonl", "o.csv", "o.parquet", "o.txt", "o.html", "o.json", "tables"} <= inside
    assert all(name.startswith(("o.", "tables")) for name in inside), inside
