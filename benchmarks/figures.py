"""Measure how right the models are, and write it into the README: `python benchmarks/figures.py`.

Accuracy on the four slices of data/outside and on the test split and its two parts; agreement with the standoff coding of the five
documents that the project began with, where these are beside the project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import communique
from communique.bundle import SHIPPED
from communique.evaluation import Evaluation, evaluate
from communique.labeler import Labeler
from communique.reading.coded import read_coded

ROOT = Path(__file__).parents[1]
SEEDS = ROOT.parent / "shared" / "seeds"
OUTSIDE, TEST = ROOT / "data" / "outside", ROOT / "data" / "articles" / "test"
SLICES = {
    "condensed": [OUTSIDE / "condensed.jsonl"],
    "formulaic": [OUTSIDE / "formulaic.jsonl"],
    "other homes": [OUTSIDE / "other_home.jsonl"],
    "English": [OUTSIDE / "english.jsonl"],
    "test split": [TEST],
    "… t1 to t7": [TEST / f"t{hand}.jsonl" for hand in range(1, 8)],
    "… t8 to t11": [TEST / f"t{hand}.jsonl" for hand in range(8, 12)],
}


def accuracy(labelers: Mapping[str, Labeler]) -> str:
    columns = (
        "slice",
        "model",
        "articles",
        "n",
        "domains macro-F1",
        "exact",
        "partners",
        "named",
        "carried",
        "pairs",
        "kind",
    )
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for name, paths in SLICES.items():
        lines += [
            row(f"{name} | {model}", evaluate(one, read_coded(paths), samples=0)) for model, one in labelers.items()
        ]
    return "\n".join(lines)


def row(name: str, result: Evaluation) -> str:
    scores = (
        result.macro_f1, result.exact, result.partners.f1, result.named.f1, result.carried.f1, result.pairs.f1,
        result.kind.f1 if result.kind else float("nan"),
    )  # fmt: skip
    return f"| {name} | {result.articles} | {result.n} | " + " | ".join(f"{score:.3f}" for score in scores) + " |"


def seeds(labeler: Labeler) -> str | None:
    """How many body paragraphs of the five documents are found, and labelled as in seeds/standoff.json."""
    if not SEEDS.is_dir():
        return None
    found = gold = domains = partners = 0
    for document in json.loads((ROOT / "seeds" / "standoff.json").read_text("utf-8"))["documents"]:
        raw = (SEEDS / document["file"]).read_bytes().decode("utf-8")
        by_place = {(p.start, p.stop): p for p in labeler.label(raw).body}
        coded = [p for p in document["paragraphs"] if p["kind"] == "body"]
        gold += len(coded)
        found += len({(p["start"], p["stop"]) for p in coded} & by_place.keys())
        for paragraph in coded:
            if mine := by_place.get((paragraph["start"], paragraph["stop"])):
                domains += list(mine.domains) == paragraph["domains"]
                partners += set(mine.partners) == set(paragraph["partners"])
    return f"{found} of {gold} body paragraphs found exactly, domains right in {domains}, partners in {partners}."


def second_coder() -> str:
    """How far the second coding in seeds/standoff.json agrees with the first."""
    documents = json.loads((ROOT / "seeds" / "standoff.json").read_text("utf-8"))["documents"]
    coded = [p for document in documents for p in document["paragraphs"] if p["kind"] == "body"]
    domains, partners = (sum(set(p["second"][key]) == set(p[key]) for p in coded) for key in ("domains", "partners"))
    return f"a second coder, who saw no labels: domains alike in {domains} of {len(coded)}, partners in {partners}."


def replaced(text: str, name: str, new: str) -> str:
    pattern = rf"(<!-- {name}:start -->).*?(<!-- {name}:end -->)"
    return re.sub(pattern, lambda m: f"{m.group(1)}\n{new}\n{m.group(2)}", text, flags=re.DOTALL)


def main() -> None:
    labelers = {name: communique.load(name) for name in SHIPPED}
    readme = ROOT / "README.md"
    text = replaced(readme.read_text("utf-8"), "figures", accuracy(labelers))
    if measured := [f"{name}: {found}" for name, one in labelers.items() if (found := seeds(one))]:
        text = replaced(text, "seeds", "\n".join(f"- {line}" for line in [*measured, second_coder()]))
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
