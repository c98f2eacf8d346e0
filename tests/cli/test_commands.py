"""The command as a user runs it, in a process of its own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import communique
from communique.batch.run import label_files
from communique.cli.evaluate import evaluate
from communique.cli.report import page_of, report
from communique.errors import CommuniqueError

TEXT = "Visite\n\nLe ministre de la Défense a reçu lundi à Hanoï son homologue russe, Ivan Petrov.\n\nPhoto : VNA\n"


def run(*arguments, stdin=""):
    code = "import sys; from communique.cli import main; sys.argv[0] = 'communique'; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], input=stdin, capture_output=True, text=True, check=False
    )


def test_predict_reads_a_pipe_and_writes_json_lines():
    result = run("predict", "-", stdin=TEXT)
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.returncode, result.stderr) == (0, "")
    assert (row["domains"], row["partners"], row["title"]) == (["defense"], ["RUS"], "Visite")


def test_predict_explains(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    page = run("predict", tmp_path, "--explain", "--format", "table").stdout
    assert "Défense" in page.split("defense", 1)[1].splitlines()[0]
    (row,) = [json.loads(line) for line in run("predict", tmp_path, "--explain").stdout.splitlines()]
    assert row["partners"]["RUS"][0]["change"] > 0
    assert run("predict", tmp_path, "--explain", "-o", tmp_path / "x.jsonl").returncode == 2


def test_predict_prints_a_table(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    result = run("predict", tmp_path, "--format", "table")
    assert "defense" in result.stdout
    assert "RUS" in result.stdout


@pytest.mark.parametrize(
    ("name", "data", "options", "summary", "reason"),
    [
        ("a.txt", TEXT, [], "1 articles, 1 paragraphs → o.jsonl", "an article"),
        ("a.csv", "id,text\n", [], "no article in the input; o.jsonl has no rows", "columns without rows"),
        ("a.csv", "id,text\n", ["--resume"], "no article in the input; o.jsonl has no rows", "nothing was begun"),
        ("a.jsonl", '{"text": "Photo : VNA"}\n' * 2 + json.dumps({"text": TEXT}), [],
         "3 articles (2 without a paragraph of body), 1 paragraphs → o.jsonl", "boilerplate alone"),
    ],
)  # fmt: skip
def test_predict_sums_up(tmp_path, monkeypatch, name, data, options, summary, reason):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(data)
    assert run("predict", name, "-o", "o.jsonl", *options).stderr.splitlines()[-1] == summary, reason
    again = run("predict", name, "-o", "o.jsonl", "--resume").stderr.splitlines()[-1]
    assert again == "o.jsonl is finished; leave out --resume to label again", reason


def test_failed_inputs_are_named_on_standard_error_and_the_rest_is_written(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_bytes(b"\0\1")
    (tmp_path / "c.jsonl").write_text(json.dumps({"text": TEXT}) + "\n{broken\n")
    result = run("predict", tmp_path, "-o", tmp_path / "out.jsonl")
    errors = [line for line in result.stderr.splitlines() if line.startswith("communique: ")]
    assert result.returncode == 1
    assert len(errors) == 2
    assert "b.txt: expected text, found binary data" in errors[0]
    assert "c.jsonl:2: broken JSON" in errors[1]
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "x.txt", "--home", "Vietnam"], "expected a home country"),
        (["predict", "x.txt", "--model", "nowhere"], "no model here"),
        (["predict", "x.txt", "--format", "xml"], "expected one of table, jsonl"),
        (["predict", "x.txt", "-o", "out.docx"], "expected a name that ends in"),
        (["predict", "x.txt", "--format", "parquet"], "name a file with -o"),
        (["evaluate", "nowhere.jsonl"], "no such file"),
        (["train", "nowhere", "-o", "m"], "no such file"),
        (["train", "nowhere", "-o", "m", "--epochs", "9"], "--epochs: is for --backend accurate"),
        (
            ["train", "nowhere", "-o", "m", "--backend", "accurate", "--frozen", "0", "--thawed", "1"],
            "--thawed: no layer is frozen; leave this out",
        ),
        (["report", "nowhere.jsonl"], "no such file"),
        (["report", "nowhere.jsonl", "--lang", "de"], "expected one of en, fr"),
        (["evaluate", "nowhere.jsonl", "--report", "p.html", "--lang", "de"], "expected one of en, fr"),
        (["evaluate", "nowhere.jsonl", "--lang", "fr"], "is the language of the page; add --report FILE"),
        (["evaluate", "nowhere.jsonl", "--report", "/dev"], "cannot be written: it is a folder"),
        (["frobnicate"], "No such command"),
    ],
)
def test_wrong_usage_exits_2_with_one_message_and_no_traceback(arguments, message):
    result = run(*arguments)
    assert result.returncode == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_evaluate_prints_a_table_and_writes_json(tmp_path, root):
    result = run("evaluate", root / "seeds" / "coded.jsonl", "--json", tmp_path / "scores.json")
    assert result.returncode == 0, result.stderr
    assert "macro-F1" in result.stdout
    assert "length 26–60" not in result.stdout
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["domains"] == ["defense", "policing", "cybersecurity", "diplomacy"]
    assert scores["metrics"]["kind.f1"]["value"] == 1.0
    partners = scores["metrics"]["partners.f1"]
    assert f"{partners['value']:.3f} ({partners['low']:.3f}–{partners['high']:.3f})" in result.stdout


def test_evaluate_compares_and_shows_slices(root):
    result = run(
        "evaluate",
        root / "seeds" / "coded.jsonl",
        "--model",
        "fast",
        "--against",
        "fast",
        "--slices",
        "--samples",
        "20",
    )
    assert result.returncode == 0, result.stderr
    assert "+0.000 (+0.000 to +0.000)" in result.stdout
    assert "text clean" in result.stdout
    assert "fewer than 20 paragraphs; what --json and --report write has them too" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("floors", "code", "message", "reason"),
    [
        (["partners.f1=0.5", "domains.exact=0"], 0, "", "all are reached"),
        (["partners.f1=0.5", "domains.exact=1", "named.f1=1"], 1, "domains.exact is 0.", "one of several is not"),
        (["partners.f2=0.5"], 2, "unknown metric 'partners.f2': expected one of domains.macro_f1, ", "unknown"),
        (["domains.defense.ece=0.1"], 2, "unknown metric", "of errors, less is better"),
        (["partners.f1"], 2, "expected METRIC=VALUE", "no value"),
        (["partners.f1=90"], 2, "expected METRIC=VALUE", "a percentage"),
        (["partners.f1=nan"], 2, "expected METRIC=VALUE", "no number"),
    ],
)
def test_evaluate_fails_under_a_value(root, floors, code, message, reason):
    options = [part for floor in floors for part in ("--fail-under", floor)]
    result = run("evaluate", root / "seeds" / "coded.jsonl", "--samples", "20", *options)
    assert result.returncode == code, reason
    assert message in result.stderr, reason
    assert ("Domains" in result.stdout) == (code != 2), reason


def test_what_cannot_be_measured_has_not_passed(tmp_path):
    gold = {"id": "a", "paragraphs": [{"text": "Le ministre est venu.", "kind": "body"}]}
    (tmp_path / "g.jsonl").write_text(json.dumps(gold))
    result = run("evaluate", tmp_path / "g.jsonl", "--fail-under", "kind.f1=0")
    assert result.returncode == 1
    assert "kind.f1 cannot be measured on these articles" in result.stderr


def test_evaluate_refuses_a_gold_file_with_all_its_faults(tmp_path):
    bad = {"id": "a", "paragraphs": [{"text": "x", "kind": "boilerplate", "domains": ["trade"]}]}
    (tmp_path / "g.jsonl").write_text("{\n" + json.dumps(bad) + "\n")
    result = run("evaluate", tmp_path / "g.jsonl")
    assert (result.returncode, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert lines[0] == "communique: 3 faults; mend them all and try again"
    assert [line.split("g.jsonl:")[1][:2] for line in lines[1:]] == ["1:", "2:", "2:"]


def test_evaluate_writes_a_page(tmp_path, root):
    gold, page = root / "seeds" / "coded.jsonl", tmp_path / "new" / "page.html"
    options = ["--model", "fast", "--samples", "20", "--lang", "fr"]
    result = run("evaluate", gold, *options, "--slices", "--against", "fast", "--report", page)
    assert result.returncode == 0, result.stderr
    assert result.stderr == f"{re.search('([0-9]+) body', result.stdout)[1]} paragraphs of 5 articles → {page}\n"
    html = page.read_text("utf-8")
    assert '<html lang="fr">' in html
    assert "coded.jsonl" in html
    assert ('id="comparison-table"' in html, 'id="slices-table"' in html) == (True, True)


def test_evaluate_writes_the_page_of_a_model_that_fails(tmp_path, root):
    page = tmp_path / "page.html"
    options = ["--model", "fast", "--samples", "20", "--fail-under", "domains.exact=1"]
    assert run("evaluate", root / "seeds" / "coded.jsonl", *options, "--report", page).returncode == 1
    assert page.exists()


@pytest.mark.parametrize(
    ("options", "missing", "message", "reason"),
    [
        ({"page": "p.html"}, "vl_convert", "pip install 'communique[report]'", "the extra is not there"),
        ({"page": "gold.jsonl/p.html"}, None, "gold.jsonl/p.html: cannot be written", "a page that cannot be written"),
        ({"json_file": "gold.jsonl/s.json"}, None, "gold.jsonl/s.json: cannot be written", "nor figures"),
        ({"json_file": "gold.jsonl"}, None, "gold.jsonl: is an input; write to another file", "figures over the gold"),
        ({"page": "link.html"}, None, "link.html: is an input; write to another file", "a page over the gold"),
    ],
)
def test_evaluate_finds_out_before_the_work(tmp_path, monkeypatch, options, missing, message, reason):
    (tmp_path / "gold.jsonl").write_text("")
    (tmp_path / "link.html").symlink_to("gold.jsonl")
    monkeypatch.setattr(communique, "load", lambda _: pytest.fail("the work has begun"))
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    for gold in (tmp_path / "gold.jsonl", tmp_path):
        with pytest.raises(CommuniqueError) as raised:
            evaluate([gold], **{name: tmp_path / file for name, file in options.items()})
        assert message in str(raised.value), reason


def test_report_writes_a_page_and_tables(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    assert run("predict", tmp_path / "a.txt", "-o", tmp_path / "labels.jsonl").returncode == 0
    result = run("report", tmp_path / "labels.jsonl", "--lang", "fr", "--csv", tmp_path / "tables")
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert "1 paragraphs of 1 articles" in result.stderr
    assert '<html lang="fr">' in (tmp_path / "labels.html").read_text("utf-8")
    assert (tmp_path / "tables" / "partners.csv").read_text() == "partner,paragraphs,articles,review\nRUS,1,1,0\n"


@pytest.mark.parametrize(
    ("options", "message", "reason"),
    [
        (["-o", "x/../l.jsonl"], "l.jsonl: is an input; write to another file", "a page over the labels"),
        (["--csv", "l.jsonl"], "cannot be written (l.jsonl is no folder)", "tables in the labels"),
        (["--csv", "x"], "x/partners.csv: is an input; write to another file", "a table over them, by a link"),
    ],
)
def test_report_writes_over_no_labels(tmp_path, monkeypatch, labeler, options, message, reason):
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(TEXT)
    label_files(labeler, ["a.txt"], Path("l.jsonl"))
    before = Path("l.jsonl").read_bytes()
    Path("x").mkdir()
    Path("x/partners.csv").symlink_to(tmp_path / "l.jsonl")
    paths = {"-o": "output", "--csv": "csv"}
    with pytest.raises(CommuniqueError) as raised:
        report(Path("l.jsonl"), **{"output": None, "csv": None, paths[options[0]]: Path(options[1])}, lang="en")
    assert message in str(raised.value), reason
    assert (Path("l.jsonl").read_bytes(), Path("l.html").exists()) == (before, False), reason


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("lab.2021.jsonl", "lab.2021.html"),
        ("lab.2021.jsonl.gz", "lab.2021.html"),
        ("lab.2021.parquet", "lab.2021.html"),
        ("lab.JSONL.zst", "lab.html"),
        ("lab", "lab.html"),
    ],
)
def test_a_page_is_named_after_its_labels(name, page):
    assert page_of(Path(name)) == Path(page)


def test_info_shows_the_manifest():
    assert json.loads(run("info").stdout)["format"] == 2


def test_help_imports_nothing_heavy():
    code = (
        "import sys; import communique.cli.app; "
        "print([m for m in ('numpy', 'sklearn', 'scipy', 'pyarrow', 'trafilatura', 'torch', 'pandas', 'altair', 'jinja2') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_fault_of_ours_is_one_line(monkeypatch, capsys):
    from communique.cli import app

    def broken():
        raise ZeroDivisionError("by hand")

    monkeypatch.delenv("COMMUNIQUE_DEBUG", raising=False)
    monkeypatch.setattr(app, "app", broken)
    with pytest.raises(SystemExit) as stopped:
        app.main()
    assert stopped.value.code == 1
    assert "internal error (ZeroDivisionError: by hand)" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    result = run("predict", tmp_path / "a.txt", "-o", tmp_path / "a.txt" / "out.jsonl")
    assert result.returncode == 2
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr
