import json

import pytest

import communique
from communique.errors import CommuniqueError
from communique.reading.coded import read_coded
from communique.training.fit import TrainingOptions, train


@pytest.fixture(scope="module")
def data(root, tmp_path_factory):
    """Forty articles, enough to train something in seconds."""
    lines = []
    for path in sorted((root / "data" / "articles" / "train").glob("*.jsonl")):
        lines += path.read_text("utf-8").splitlines()[:3]
    file = tmp_path_factory.mktemp("data") / "some.jsonl"
    file.write_text("\n".join(lines[:40]) + "\n", encoding="utf-8")
    return file


def test_same_data_and_seed_give_the_same_hash_and_a_model_that_loads(data, tmp_path):
    options = TrainingOptions(bits=12, rounds=10)
    one = train(data, tmp_path / "one", options=options)
    two = train(data, tmp_path / "two", options=options)
    assert one["hash"] == two["hash"]
    assert train(data, tmp_path / "three", options=TrainingOptions(bits=12, rounds=10, seed=1))["hash"] != one["hash"]
    labeler = communique.load(tmp_path / "one")
    assert labeler.label("Le ministre a reçu lundi à Hanoï son homologue russe.").paragraphs[0].kind == "body"


def test_the_card_says_what_the_manifest_holds(data, tmp_path):
    manifest = train(data, tmp_path / "m", options=TrainingOptions(bits=12, rounds=10))
    card = (tmp_path / "m" / "README.md").read_text("utf-8")
    for fact in (manifest["hash"], manifest["data"]["sha256"], f"{manifest['held_out']['partners_f1']:.3f}"):
        assert fact in card
    assert manifest == json.loads((tmp_path / "m" / "manifest.json").read_text("utf-8"))


def test_too_little_data_is_refused(data, tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(data.read_text("utf-8").splitlines()[:3]), encoding="utf-8")
    assert len(read_coded([few])) == 3
    with pytest.raises(CommuniqueError, match="at least 10 coded articles"):
        train(few, tmp_path / "m")
