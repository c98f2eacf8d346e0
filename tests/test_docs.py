"""What the documentation shows is true: its examples run, its commands and options exist, its files are there.

A fenced block says what it is. `python` blocks run in order, in one namespace a document; `sh` blocks run line by line through
the command, each in a folder of its own with what they name; `json` blocks are coded articles, articles to label, or rows; `r`
blocks run where R is; `text` is only looked at.
"""

import ast
import csv
import gzip
import inspect
import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from typer.testing import CliRunner

import communique
from communique.bundle import SHIPPED
from communique.cli.app import app
from communique.codebook import BODIES, COUNTRIES
from communique.reading.coded import read_coded
from communique.reading.sources import article_of_line
from communique.tables import COLUMNS
from communique.training import fit

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "data/README.md")]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))

README = (ROOT / "README.md").read_text("utf-8")

#: What is not run, and why. It is read all the same: a function, option or value that does not exist fails.
NOT_RUN = {
    "communique predict archive.jsonl.gz -o labels.parquet --engine ray --address ray://head:10001 --model fast": "a Ray cluster",
    "communique train coded/ -o my_accurate/ --backend accurate": "fine-tunes; tests/training/test_finetune.py does it small",
    'communique.push_to_hub("my_model/", "org/name")': "uploads; tests/test_hub.py does it with a stand-in",
    'ray.data.read_parquet("s3://bucket/articles/")': "a Ray cluster; tests/test_distributed.py",
}


@dataclass(frozen=True)
class Block:
    """A fenced block, and the line it starts on."""

    document: Path
    line: int
    language: str
    text: str

    def __str__(self):
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks_of(document):
    text = document.read_text("utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2])


BLOCKS = [block for document in DOCUMENTS if document.exists() for block in blocks_of(document)]


def is_run(text):
    return not any(shown in text for shown in NOT_RUN)


def test_every_block_says_what_it_is():
    assert [str(block) for block in BLOCKS if block.language not in ("python", "sh", "json", "r", "text")] == []


def test_what_is_not_run_is_still_shown():
    for shown in NOT_RUN:
        assert any(shown in block.text for block in BLOCKS), shown


# Python


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """What the examples name: articles in every form, coded ones, a model, labels."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "seeds").symlink_to(ROOT / "seeds")
    texts = sorted((ROOT / "seeds").glob("*.txt"))[:2]
    (folder / "articles").mkdir()
    for text in texts:
        shutil.copy(text, folder / "articles")
    shutil.copy(texts[0], folder / "article.txt")
    rows = [json.dumps({"id": text.stem, "text": text.read_text("utf-8")}) for text in texts]
    (folder / "archive.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode("utf-8")))
    with (folder / "news.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("no", "titre", "jour", "corps"), (1, "Visite", "2025", texts[0].read_text("utf-8"))]
        )
    shutil.copy(ROOT / "seeds" / "coded.jsonl", folder / "gold.jsonl")
    first = [path.read_text("utf-8").splitlines()[0] for path in (ROOT / "data" / "articles" / "train").glob("*.jsonl")]
    for name in ("data", "coded"):
        (folder / name).mkdir()
        (folder / name / "some.jsonl").write_text("\n".join(sorted(first)[:12]) + "\n", encoding="utf-8")
    shutil.copytree(ROOT / "model" / "communique" / "models" / "fast", folder / "my_model")
    (folder / "mended.txt").write_bytes(b"\0")  # fails, and is mended afterwards
    inputs = [str(folder / "articles"), str(folder / "mended.txt")]
    for name in ("labels.jsonl", "labels.parquet", "labels.csv"):
        run(["predict", *inputs, "-o", str(folder / name), "--model", "fast", "--quiet"], expected=(1,))
    shutil.copy(texts[0], folder / "mended.txt")
    return folder


@pytest.mark.parametrize(
    "document", [d for d in DOCUMENTS if any(b.document == d and b.language == "python" for b in BLOCKS)], ids=lambda d: d.name
)  # fmt: skip
def test_python_examples_run(document, workspace, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT if document.parent.name == "data" else workspace)
    if document.parent.name == "data":
        monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    namespace = {}
    for block in BLOCKS:
        if (block.document, block.language) == (document, "python") and is_run(block.text):
            exec(compile("\n" * block.line + block.text, str(document), "exec"), namespace)
    printed = capsys.readouterr().out
    if document.name == "README.md" and document.parent == ROOT:
        assert "SVK slovaque named" in printed
        assert [p.partners for p in namespace["article"].body] == [("SVK",), ("SVK",)]
    if document.name == "formats.md":
        rows, typed, table, partners = (namespace[name] for name in ("rows", "typed", "table", "partners"))
        assert list(rows.columns) == list(typed.columns) == list(table.columns) == list(COLUMNS)
        assert rows["partners"].tolist() == typed["partners"].map(list).tolist() == partners.tolist()
        assert rows["domain_scores"][0] == pytest.approx(dict(typed["domain_scores"][0]), abs=1e-6)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "r"], ids=str)
def test_r_examples_run(block, workspace, tmp_path):
    if not shutil.which("Rscript"):
        pytest.skip("needs R, with jsonlite")
    shown = "cat(nrow(rows), nrow(table), length(partners), sapply(partners, length))"
    (tmp_path / "shown.R").write_text(f"{block.text}\n{shown}\n", encoding="utf-8")
    ran = subprocess.run(
        ["Rscript", tmp_path / "shown.R"], cwd=workspace, capture_output=True, encoding="utf-8", check=False
    )
    assert ran.returncode == 0, ran.stderr
    partners = [len(json.loads(line)["partners"]) for line in (workspace / "labels.jsonl").open(encoding="utf-8")]
    counts = " ".join(map(str, [len(partners)] * 3 + partners))
    assert ran.stdout.strip().endswith(counts)


def calls_of(text):
    """Calls of what communique has, by its name in full: (path, positional arguments, keywords)."""
    tree = ast.parse(text)
    names = {"communique": "communique"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("communique"):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            head, _, rest = ast.unparse(node.func).partition(".")
            if head in names and "(" not in rest:
                yield ".".join(filter(None, (names[head], rest))), len(node.args), [k.arg for k in node.keywords]


def resolved(path):
    """The object of a dotted name, as `from … import …` finds it: what a package binds goes before a module in it."""
    module, _, name = path.rpartition(".")
    if not module:
        return import_module(name)
    parent = resolved(module)
    return getattr(parent, name) if hasattr(parent, name) else import_module(path)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "python"], ids=str)
def test_python_examples_call_what_exists(block):
    for path, positional, keywords in calls_of(block.text):
        inspect.signature(resolved(path)).bind(*range(positional), **dict.fromkeys(keywords))


# The command


def lines_of(block):
    """Commands of a block, without comments; a line that ends in a backslash goes on in the next one."""
    text = block.text.replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in text.splitlines() if line.split("#")[0].strip()]


def run(arguments, expected=(0,), stdin=None):
    result = CliRunner().invoke(app, arguments, input=stdin, catch_exceptions=False, env={"COLUMNS": "200"})
    assert result.exit_code in expected, result.output
    return result


COMMANDS = [
    pytest.param(words[1:], id=f"{block}: {shlex.join(words)}")
    for block in BLOCKS
    if block.language == "sh"
    for words in lines_of(block)
    if words[0] == "communique" and is_run(shlex.join(words))
]


@pytest.mark.parametrize("words", COMMANDS)
def test_commands_run(words, workspace, tmp_path, monkeypatch):
    """With the fast model for the default one, and little training; each ends in 0, or in 1 where it is a gate."""
    train = fit.train
    monkeypatch.setattr("communique.bundle.DEFAULT", "fast")
    monkeypatch.setattr(fit, "train", lambda *a, options: train(*a, options=replace(options, bits=12, rounds=10)))
    folder = shutil.copytree(workspace, tmp_path / "w", symlinks=True)
    monkeypatch.chdir(folder)
    written = [words[i + 1] for i, word in enumerate(words) if word in ("-o", "--json", "--csv", "--report")]
    for name in written:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    words, given = (words[:-2], words[-1]) if "<" in words else (words, None)
    run(words, expected=(0, 1) if "--fail-under" in words else (0,), stdin=given and Path(given).read_bytes())
    assert [name for name in written if not (folder / name).exists()] == []


@cache
def options_of(name):
    shown = run([name, "--help"]).output
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown))


def shown_commands():
    """Every command that is shown anywhere: in blocks, and in running text as `code`."""
    for document in DOCUMENTS:
        if document.exists():
            text = document.read_text("utf-8")
            for block in blocks_of(document):
                if block.language == "sh":
                    for words in lines_of(block):
                        yield str(block), words
                text = text.replace(block.text, "")
            for code in re.findall(r"`([^`\n]+)`", text):
                if re.match(r"(communique|make|python|pip|nox|train) ?\b", code):
                    yield document.name, shlex.split(code)


SHOWN = list(shown_commands())


def test_commands_and_options_that_are_shown_exist():
    for place, words in SHOWN:
        if words[0] != "communique" or len(words) == 1 or words[1].isupper():
            continue
        if words[1].startswith("-"):
            assert words[1] in ("--help", "--version"), (place, words)
            continue
        known = options_of(words[1])
        assert [word for word in words[2:] if re.match("--?[a-z]", word) and word not in known] == [], (place, words)


def test_every_command_is_shown_in_the_readme():
    names = {
        words[1] for place, words in SHOWN if place.startswith("README.md") and words[0] == "communique" and words[1:]
    }
    assert names >= {command.name for command in app.registered_commands}


def test_targets_files_and_extras_that_are_shown_exist():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    extras = ProjectMetadata(str(ROOT), PluginManager()).core.optional_dependencies
    for place, words in SHOWN:
        if words[0] == "make":
            assert set(words[1:]) <= set(targets), (place, words)
        if words[0] == "python" and words[1].endswith(".py"):
            assert (ROOT / words[1]).is_file(), (place, words)
        if words[:2] == ["pip", "install"]:
            for extra in re.findall(r"communique\[([\w,]+)\]", " ".join(words)):
                assert set(extra.split(",")) <= extras.keys(), (place, words)


# Coded articles, links, tables


def json_blocks(*, coded):
    return [b for b in BLOCKS if b.language == "json" and ('"paragraphs"' in b.text) == coded]


@pytest.mark.parametrize("block", json_blocks(coded=True), ids=str)
def test_json_examples_are_coded_articles(block, tmp_path):
    (tmp_path / "shown.jsonl").write_text(block.text, encoding="utf-8")
    assert len(read_coded([tmp_path / "shown.jsonl"])) == len(block.text.splitlines())


def test_the_row_that_is_shown_is_what_comes_of_the_article_that_is_shown():
    given, shown = json_blocks(coded=False)
    (row,) = communique.load().label(article_of_line(given.text.encode(), "shown")).rows()
    expected = json.loads(shown.text)
    assert list(row) == list(expected)
    for name in ("domain_scores", "partner_scores"):  # another training run moves them a little
        assert row.pop(name) == pytest.approx(expected.pop(name), abs=0.1)
    assert row.pop("model").partition("-")[0] == expected.pop("model").partition("-")[0]
    assert row == expected


def test_every_column_of_a_row_is_documented():
    text = (ROOT / "docs" / "formats.md").read_text("utf-8")
    heads = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (?:text|integer|list|true)", text, re.MULTILINE)
    assert [name for head in heads for name in re.findall(r"\w+", head)] == list(COLUMNS)


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if d.exists()], ids=lambda d: d.name)
def test_every_linked_file_is_there(document):
    for link in re.findall(r"\]\(([^:)#]+)(?:#[\w-]+)?\)", document.read_text("utf-8")):
        assert (document.parent / link).exists(), link


def test_the_tables_of_reports_have_the_columns_that_are_documented(workspace):
    summary = communique.summary(workspace / "labels.jsonl")
    rows = re.findall(
        r"^\| `(\w+)\((\w*)\)` \| (.+?) \| (.+?) \|$", (ROOT / "docs" / "reports.md").read_text("utf-8"), re.M
    )
    assert {name for name, *_ in rows} == {n for n in dir(summary) if n.startswith("by_")} | {"matrix", "review"}
    for name, _, line, columns in rows:
        frame = getattr(summary, name)()
        if name == "matrix":
            assert frame.index.name == line
            assert "a column a domain" in columns
            continue
        keys = [word for word in re.findall(r"\w+", line) if word in frame.columns]
        assert list(frame.columns) == [*keys, *columns.split(", ")], name


def test_the_fields_of_the_corpus_are_those_of_its_card():
    import yaml

    card = (ROOT / "data" / "README.md").read_text("utf-8")
    features = yaml.safe_load(card.split("---")[1])["dataset_info"]["features"]
    (paragraphs,) = [f["list"] for f in features if f["name"] == "paragraphs"]
    documented = {f["name"] for f in features}, {f["name"] for f in paragraphs}
    found = set(), set()
    for path in (ROOT / "data" / "articles").rglob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            found[0].update(row)
            found[1].update(key for paragraph in row["paragraphs"] for key in paragraph)
    assert found == documented
    assert [name for name in documented[0] | documented[1] if f"`{name}`" not in card] == []


def test_the_readme_states_what_the_manifests_hold():
    """`python benchmarks/figures.py` writes them again after a training run."""
    rows = re.findall(r"^\| ([\w ]+) \| (fast|accurate) \| \d+ \| (.+) \|$", README, re.MULTILINE)
    names = {"condensed": "outside, condensed", "formulaic": "outside, formulaic", "other homes": "outside, other home"}
    names |= {"English": "outside, english", "test split": "test split"}
    keys = ("domains_macro_f1", "domains_exact", "partners_f1", "named_f1", "carried_f1", "pairs_f1")
    assert {(name, model) for name, model, _ in rows} >= {(name, model) for name in names for model in SHIPPED}
    for name, model, values in rows:
        scores = communique.load(model).bundle.manifest["tested"][names[name]]
        n, *figures = values.split(" | ")
        assert int(n) == scores["n"]
        assert [float(f) for f in figures[:-1]] == pytest.approx([scores[key] for key in keys], abs=6e-4), (name, model)


def python_needed():
    return ProjectMetadata(str(ROOT), PluginManager()).core.requires_python.removeprefix(">=")


def vocabulary():
    file = ROOT / "model" / "communique" / "models" / "accurate" / "tokenizer.json"
    return len(json.loads(file.read_text("utf-8"))["model"]["vocab"])


@pytest.mark.parametrize(
    ("claim", "is_", "reason"),
    [
        (r"Python (3\.\d+) or later", python_needed, "pyproject.toml"),
        (r"institutions and regions of\s+(\d+) countries and territories", lambda: len(COUNTRIES), "the codebook"),
        (r"countries and territories\s+and (\d+) international bodies", lambda: len(BODIES), "the codebook"),
        (r"vocabulary of (50,000) pieces", lambda: f"{round(vocabulary(), -3):,}", "the tokenizer, to a thousand"),
    ],
)
def test_the_readme_counts_what_there_is(claim, is_, reason):
    (found,) = re.findall(claim, README)
    assert found == str(is_()), reason
