import shutil

import pytest

import communique
from communique.bundle import SHIPPED, load_bundle
from communique.errors import ModelError
from communique.labeler import Labeler
from communique.partners import evidence, resolve


@pytest.fixture
def folder(tmp_path, root):
    return shutil.copytree(root / "model" / "communique" / "models" / "fast", tmp_path / "mine")


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


def test_an_article_without_candidates_has_no_partners(labeler):
    (paragraph,) = labeler.label("Le ministre a inauguré lundi un pont de deux cents mètres.").body
    assert (paragraph.partners, dict(paragraph.partner_scores)) == ((), {})


def test_a_model_of_less_evidence_finds_its_columns(labeler, monkeypatch):
    """A later version may gather more evidence, in another order."""
    from communique import bundle

    text = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe, puis celui du Japon."
    expected = labeler.label(text).paragraphs
    gathered = bundle.columns
    monkeypatch.setattr(bundle, "columns", lambda *a, **k: ["new", *gathered(*a, **k)])
    later = Labeler(load_bundle("fast"))
    monkeypatch.setattr(resolve, "rows", lambda *a: [[9.0, *row] for row in evidence.rows(*a)])
    monkeypatch.setattr(resolve, "_MENTIONS", resolve._MENTIONS + 1)
    assert later.label(text).paragraphs == expected


def test_a_folder_that_is_not_there():
    with pytest.raises(ModelError, match="communique train"):
        load_bundle("nowhere")
