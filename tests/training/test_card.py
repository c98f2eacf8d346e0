import json

import pytest

from communique.bundle import SHIPPED
from communique.training.card import read_limits, write_card


@pytest.fixture(params=SHIPPED)
def folder(request, root):
    return root / "model" / "communique" / "models" / request.param


@pytest.fixture
def manifest(folder):
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def test_the_cards_of_the_shipped_models_are_what_their_manifests_give(folder, manifest, root):
    """`python train.py --card` writes them again."""
    assert (folder / "README.md").read_text("utf-8") == write_card(manifest, limits=read_limits(root / "data"))


@pytest.mark.parametrize(
    ("name", "changed", "expected", "reason"),
    [
        ("short", {"domains_exact": -0.05}, "- **short** (NN% of the paragraphs): exact", "weak domains"),
        ("short", {"partners_f1": -0.05}, "- **short** (NN% of the paragraphs): partners", "weak partners"),
        ("short", {"domains_exact": -0.02}, None, "within the noise"),
        ("short", {"domains_exact": 0.2}, None, "better is no weakness"),
    ],
)
def test_a_slice_is_named_where_it_is_weak(manifest, name, changed, expected, reason):
    whole = manifest["held_out"]
    made = {key: whole[key] + by for key, by in changed.items()}
    weak = {**manifest, "held_out": {**whole, "slices": {name: {**whole, "n": whole["n"] // 2, **made}}}}
    named = [line for line in write_card(weak).splitlines() if line.startswith(f"- **{name}**")]
    assert bool(named) == bool(expected), reason
    if expected:
        assert named[0].startswith(expected.replace("NN", "50")), reason


def test_the_weakest_slice_comes_first(manifest):
    whole = manifest["held_out"]
    slices = {
        name: {**whole, "domains_exact": whole["domains_exact"] - by}
        for name, by in (("a", 0.1), ("b", 0.3), ("c", 0.2))
    }
    card = write_card({**manifest, "held_out": {**whole, "slices": slices}})
    places = [card.index(f"- **{name}**") for name in "bca"]
    assert places == sorted(places)


def test_limits_are_quoted_from_the_card_of_the_data(tmp_path, manifest):
    assert read_limits(tmp_path) == "", "data without a card"
    (tmp_path / "README.md").write_text("# Mine\n\n## Limits\n\n- One outlet.\n\n## Licence\n\nCC0\n", encoding="utf-8")
    assert read_limits(tmp_path) == read_limits(tmp_path / "coded.jsonl") == "- One outlet."
    assert "## Limits of what it learnt from\n\n- One outlet.\n" in write_card(manifest, limits="- One outlet.")
    assert "Limits of what it learnt from" not in write_card(manifest)


def test_figures_that_are_nought_by_definition_are_not_shown_as_measured(manifest):
    (row,) = [line for line in write_card(manifest).splitlines() if line.startswith("| no domain |")]
    assert row.count("–") == 2
    assert "0.000" not in row
