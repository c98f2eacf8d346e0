import json

import pytest

import communique
from communique.errors import CommuniqueError
from communique.evaluation import evaluate
from communique.golden import check_golden
from communique.reading.coded import read_coded
from communique.training.finetune import EncoderOptions
from communique.training.fit import TrainingOptions, train


@pytest.fixture(scope="module")
def data(root, tmp_path_factory):
    """Forty articles, enough to train something in seconds; the same ones whatever is added, Vietnam's most of them."""
    lines = []
    for path in sorted((root / "data" / "articles" / "train").glob("[ef]*.jsonl")):
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
    assert check_golden(tmp_path / "one").differences == ()
    labeler = communique.load(tmp_path / "one")
    assert labeler.label("Le ministre a reçu lundi à Hanoï son homologue russe.").paragraphs[0].kind == "body"


@pytest.fixture(scope="module")
def measured(data, tmp_path_factory):
    """A folder and its manifest, with all that a run can measure."""
    folder = tmp_path_factory.mktemp("data")
    lines = data.read_text("utf-8").splitlines()
    for name, part in (
        ("articles/train/a.jsonl", lines[:32]),
        ("articles/test/a.jsonl", lines[32:]),
        ("outside/b_c.jsonl", lines[32:36]),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(part) + "\n", encoding="utf-8")
    return folder / "m", train(folder, folder / "m", options=TrainingOptions(bits=12, rounds=10, homes=True))


def test_the_card_says_what_the_manifest_holds(measured):
    folder, manifest = measured
    card = (folder / "README.md").read_text("utf-8")
    held_out = manifest["held_out"]
    facts = [manifest["hash"], manifest["data"]["sha256"], f"ECE {held_out['calibration']['partners']['ece']:.3f}"]
    facts += [f"| {name} | {s['n']} | {s['domains_macro_f1']:.3f} |" for name, s in manifest["tested"].items()]
    facts += [
        f"| {name} | {s['n']} | {s['domains_macro_f1']:.3f} |"
        for name, s in held_out["slices"].items()
        if name != "no domain"
    ]
    for fact in facts:
        assert fact in card
    assert set(manifest["tested"]) == {"test split", "outside, b c"}
    assert manifest == json.loads((folder / "manifest.json").read_text("utf-8"))


def test_the_card_has_the_metadata_of_the_hub(measured):
    import yaml

    folder, manifest = measured
    values = yaml.safe_load((folder / "README.md").read_text("utf-8").split("---")[1])
    (entry,) = values["model-index"]
    first, *_ = entry["results"]
    assert {m["name"]: m["value"] for m in first["metrics"]}["partners"] == manifest["held_out"]["partners_f1"]
    assert values["language"] == manifest["data"]["languages"]


def test_each_home_is_left_out_once_unless_too_little_would_be_left(measured):
    _, manifest = measured
    groups = manifest["leave_home_out"]
    homes = [home for group in groups.values() for home in group["homes"]]
    assert len(homes) == len(set(homes)) == manifest["data"]["homes"] - 1
    assert "VNM" not in homes
    assert all(g["by_home"]["n"] == g["by_article"]["n"] > 0 for g in groups.values())


def test_the_bins_of_the_calibration_hold_every_score(measured):
    _, manifest = measured
    domains = manifest["held_out"]["calibration"]["domains"]
    assert sum(n for _, n, _, _ in domains["bins"]) == 4 * manifest["data"]["paragraphs"]
    assert all(low <= mean <= low + 0.1 + 1e-3 for low, _, mean, _ in domains["bins"])


def test_other_domains_are_learnt_and_measured_the_same_way(data, tmp_path):
    text = data.read_text("utf-8").replace('"defense"', '"trade"').replace('"cybersecurity"', '"culture"')
    (tmp_path / "own.jsonl").write_text(text, encoding="utf-8")
    train(tmp_path / "own.jsonl", tmp_path / "m", options=TrainingOptions(bits=12, rounds=10))
    labeler = communique.load(tmp_path / "m")
    (paragraph,) = labeler.label("Le ministre a reçu lundi à Hanoï son homologue russe.").body
    assert set(paragraph.domain_scores) == {"culture", "diplomacy", "policing", "trade"}
    gold = read_coded([tmp_path / "own.jsonl"], domains=labeler.bundle.labels)
    assert set(evaluate(labeler, gold).labels) == {"culture", "diplomacy", "policing", "trade"}


def test_too_little_data_is_refused(data, tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(data.read_text("utf-8").splitlines()[:3]), encoding="utf-8")
    assert len(read_coded([few])) == 3
    with pytest.raises(CommuniqueError, match="at least 10 coded articles"):
        train(few, tmp_path / "m")


def test_fine_tuning_without_its_extra_says_what_to_install(data, tmp_path, monkeypatch):
    monkeypatch.setattr("communique.training.finetune.find_spec", lambda name: None if name == "onnx" else name)
    with pytest.raises(CommuniqueError, match=r"pip install 'communique\[finetune\]'"):
        train(data, tmp_path, options=TrainingOptions(encoder=EncoderOptions()))
