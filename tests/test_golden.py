"""A model says what it said when it was made: the shipped ones here, and those of every format for ever."""

import json
import shutil
from importlib.metadata import version

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from communique.bundle import SHIPPED, load_bundle
from communique.cli import app
from communique.codebook import DOMAINS
from communique.errors import ModelError
from communique.folder import GOLDEN, MANIFEST
from communique.golden import _said, add_golden, check_golden

FORMATS = (2,)


@pytest.fixture
def folder(tmp_path, root):
    return shutil.copytree(root / "tests" / "models" / "format-2", tmp_path / "mine")


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        app.app(["selftest", *map(str, arguments)])
    return stopped.value.code, capsys.readouterr().out.splitlines()


def test_the_shipped_models_are_as_they_were_made(capsys):
    code, lines = run(capsys)
    assert (code, len(lines)) == (0, len(SHIPPED)), lines
    assert all(line.endswith("paragraphs, as when it was made") for line in lines)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_answers_of_the_shipped_models_show_what_they_can(name):
    """A check of articles that bring nothing out would pass whatever happens."""
    bundle = load_bundle(name)
    golden = json.loads((bundle.folder / GOLDEN).read_text("utf-8"))
    paragraphs = [p for article in golden["articles"] for p in article["paragraphs"]]
    assert {d for p in paragraphs for d in p["domains"]} == set(DOMAINS)
    assert len({code for p in paragraphs for code in p["partners"]}) >= 8
    assert any(p["partners"] and not p["named"] for p in paragraphs)
    assert any(not p["domains"] for p in paragraphs)
    assert len({article["home"] for article in golden["articles"]}) >= 6


@pytest.mark.parametrize("number", FORMATS)
def test_a_model_of_every_format_loads_and_labels_as_ever(root, number):
    folder = root / "tests" / "models" / f"format-{number}"
    bundle = load_bundle(folder)
    assert bundle.manifest["format"] == number
    for article in json.loads((folder / GOLDEN).read_text("utf-8"))["articles"]:
        said = _said(bundle, article)
        for name in ("domains", "partners", "named"):
            assert [sorted(p[name]) for p in said] == [sorted(p[name]) for p in article["paragraphs"]], article["id"]


def test_what_has_changed_is_said_line_by_line(folder, capsys):
    weights = load_file(folder / "domains.safetensors")
    golden = (folder / GOLDEN).read_bytes()
    weights["thresholds"] = np.zeros_like(weights["thresholds"])
    weights["offset"] = weights["offset"] + 1
    save_file(weights, folder / "domains.safetensors")
    resign(folder, libraries={"numpy": "0.1", "nowhere-to-be-found": "1"})
    assert (folder / GOLDEN).read_bytes() == golden
    code, (first, *lines) = run(capsys, folder)
    assert (code, first.split(", ")[1]) == (1, f"{len(lines) - 2} differences")
    assert any(
        line.startswith("  vnm-fr-defense, paragraph 0: policing ") and line.endswith("(now a label)") for line in lines
    )
    assert lines[-2:] == [f"  numpy {version('numpy')}, was 0.1", "  nowhere-to-be-found missing, was 1"]


def resign(folder, **values):
    import hashlib

    from communique.folder import digest_of

    manifest = {**json.loads((folder / MANIFEST).read_text("utf-8")), **values}
    manifest["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]}
    manifest["hash"] = digest_of(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message", "reason"),
    [
        (
            lambda golden: golden.update(articles=[{}]),
            "expected a golden.json as a training run writes it",
            "no articles",
        ),
        (
            lambda golden: golden.update(tolerance="x"),
            "expected a golden.json as a training run writes it",
            "no number",
        ),
    ],
)
def test_answers_that_are_none(folder, change, message, reason):
    golden = json.loads((folder / GOLDEN).read_text("utf-8"))
    change(golden)
    (folder / GOLDEN).write_text(json.dumps(golden), encoding="utf-8")
    resign(folder)
    with pytest.raises(ModelError, match=message):
        check_golden(folder)


def test_a_model_that_kept_no_answers_has_not_passed(folder):
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    del manifest["files"][GOLDEN]
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match=r"keeps no golden\.json to be compared with"):
        check_golden(folder)


def test_answers_are_written_anew_and_are_no_part_of_the_hash(folder):
    before = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / GOLDEN).write_text("{}")
    del before["files"][GOLDEN]
    (folder / MANIFEST).write_text(json.dumps(before), encoding="utf-8")
    after = add_golden(folder)
    assert (after["hash"], set(after["files"]) - set(before["files"])) == (before["hash"], {GOLDEN})
    assert check_golden(folder).differences == ()
