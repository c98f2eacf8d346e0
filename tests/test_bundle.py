import json
import shutil

import pytest

import communique
from communique.bundle import SHIPPED, load_bundle
from communique.errors import ModelError


@pytest.fixture
def folder(tmp_path, root):
    return shutil.copytree(root / "model" / "communique" / "models" / "fast", tmp_path / "mine")


def change(folder, **values):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_copied_folder_labels_alike(folder, labeler):
    text = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe."
    mine = communique.load(folder)
    assert mine.label(text).paragraphs == labeler.label(text).paragraphs
    assert mine.bundle.name == f"mine-{mine.bundle.manifest['hash'][:8]}"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_model_labels_and_has_its_card(name, root):
    labeler = communique.load(name)
    (paragraph,) = labeler.label("Le ministre de la Défense a reçu lundi à Hanoï son homologue russe.").body
    assert (paragraph.domains, paragraph.partners, paragraph.named) == (("defense",), ("RUS",), ("RUS",))
    card = (root / "model" / "communique" / "models" / name / "README.md").read_text("utf-8")
    assert labeler.bundle.manifest["hash"] in card


def test_weights_are_under_60_mb_in_all(root):
    files = (root / "model" / "communique" / "models").rglob("*.*")
    assert sum(file.stat().st_size for file in files) < 60e6


@pytest.mark.parametrize(
    ("damage", "message", "reason"),
    [
        (lambda f: (f / "manifest.json").unlink(), "no model here", "no manifest"),
        (lambda f: (f / "manifest.json").write_text("{"), "broken JSON", "broken manifest"),
        (lambda f: change(f, format=99), "model format 99, this version reads 1", "a later format"),
        (lambda f: change(f, labels=["trade"]), "other evidence", "other labels than its evidence"),
        (lambda f: change(f, evidence=["x"]), "other evidence", "other columns"),
        (lambda f: (f / "domains.safetensors").write_bytes(b"x"), "not the file that the manifest", "a changed file"),
        (lambda f: (f / "partners.safetensors").unlink(), "No such file", "a missing file"),
        (lambda f: change(f, parameters={}), "damaged", "missing parameters"),
    ],
)
def test_damaged_folders_are_refused(folder, damage, message, reason):
    damage(folder)
    with pytest.raises(ModelError, match=message):
        load_bundle(folder)


def test_a_folder_that_is_not_there():
    with pytest.raises(ModelError, match="communique train"):
        load_bundle("nowhere")
