"""The model's card, written by the training run from its manifest, in the form that the Hugging Face Hub reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from communique.training.holdout import NO_DOMAIN

_FIGURES = {
    "domains_macro_f1": "domains macro-F1",
    "domains_exact": "exact",
    "partners_f1": "partners",
    "named_f1": "named",
    "carried_f1": "carried",
    "pairs_f1": "pairs",
}
#: A slice is named a weakness where its domains or partners are this much below the whole.
_WEAK = 0.03
#: Figures that are 0 by definition where nothing is coded.
_NO_GOLD = ("domains_macro_f1", "pairs_f1")
_USE = """## What the labels are not for

A label says what an article **reports**, as the codebook reads it; not that it happened, nor how it went.

- No decision about a person may rest on labels: they say nothing of anyone who is named in a text.
- No ranking of countries as threats, risks or friends. Much contact may go with much dispute, and who is written about is the
  choice of the source.
- Absence is no evidence: a country or field without labels may have been missed by the model, left out by the source, or kept
  from the public.
- No comparison of countries, years or outlets by raw counts alone. The model errs more on some texts than on others (below), so a
  change of the texts looks like a change of the world. Code some articles of your own, and measure there: `communique evaluate`.
- Paragraphs flagged for `review` are for a person to read, and what is published is for a person to check."""


def write_card(manifest: Mapping[str, Any], *, limits: str = "") -> str:
    """The card as Markdown. Says what was measured and how; no figure that the manifest does not hold.

    limits: what the makers of the data say of its limits, see `read_limits`.
    """
    parts = (_front_matter, _head, lambda _: _USE, _scores, _calibration, _failures, _homes, lambda _: _limits(limits))
    return "\n\n".join(text for part in (*parts, _thresholds) if (text := part(manifest))) + "\n"


def read_limits(data: Path) -> str:
    """The section "Limits" of the README.md beside the coded articles in `data`, without its heading; "" if there is none."""
    card = (data if data.is_dir() else data.parent) / "README.md"
    found = re.search(r"^## Limits\n(.*?)(?=^## |\Z)", card.read_text("utf-8"), re.M | re.S) if card.is_file() else None
    return found[1].strip() if found else ""


def _front_matter(manifest: Mapping[str, Any]) -> str:
    """Metadata of the Hub; each value is JSON, which is YAML too."""
    sets = {"held-out folds of the training data": manifest["held_out"], **manifest["tested"]}
    results = [
        {
            "task": {"type": "text-classification", "name": "cooperation domains and partners, by paragraph"},
            "dataset": {"type": "communique", "name": f"{name} (n = {scores['n']})"},
            "metrics": [{"type": "f1" if "f1" in key else "accuracy", "name": title, "value": scores[key]} for key, title in _FIGURES.items()],
        }
        for name, scores in sets.items()
    ]  # fmt: skip
    values: dict[str, Any] = {
        **({"language": languages} if (languages := manifest["data"]["languages"]) else {}),
        **({"license": license} if (license := manifest["options"].get("license")) else {}),
        "library_name": "communique",
        "pipeline_tag": "text-classification",
        "tags": ["international-relations", "event-coding", "news"],
        "model-index": [{"name": f"communique {manifest['hash'][:8]}", "results": results}],
    }
    encoder = manifest["options"].get("encoder")
    if encoder:
        values["base_model"] = encoder["base"]
    return "\n".join(["---", *(f"{key}: {json.dumps(value)}" for key, value in values.items()), "---"])


def _head(manifest: Mapping[str, Any]) -> str:
    data, encoder = manifest["data"], manifest["options"].get("encoder")
    of = [f"{data['homes']} home countries", *data["languages"]]
    made = f"{encoder['layers']} layers of {encoder['base']}, fine-tuned, and words" if encoder else "words"
    rows = [
        ("format", manifest["format"]),
        ("hash", f"`{manifest['hash']}`"),
        ("made of", made),
        ("trained on", f"{data['articles']:,} articles, {data['paragraphs']:,} body paragraphs, {', '.join(of)}"),
        ("data", f"sha256 `{data['sha256']}`"),
        ("communique", manifest["communique"]),
        ("libraries", ", ".join(f"{name} {number}" for name, number in manifest["libraries"].items())),
    ]  # fmt: skip
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"""# communique model {manifest["hash"][:8]}

Labels paragraphs of news articles with the fields in which a home country cooperates with others, and with whom.

| | |
|---|---|
{table}"""


def _scores(manifest: Mapping[str, Any]) -> str:
    held_out = manifest["held_out"]
    tested = "".join(f"\n{_row(name, scores)}" for name, scores in manifest["tested"].items())
    labels = "\n".join(
        f"| {name} | {s['precision']:.3f} | {s['recall']:.3f} | {s['f1']:.3f} | "
        f"{'–' if s['average_precision'] is None else format(s['average_precision'], '.3f')} | {s['ece']:.3f} | {s['n']} |"
        for name, s in held_out["labels"].items()
    )
    return f"""## Scores

{_header("articles")}
{_row("held-out folds of the training data", held_out)}{tested}

The folds are grouped by article. They also chose the thresholds and the calibration, so they flatter a little; the other
rows had no part in training.

| domain, on the folds | precision | recall | F1 | average precision | ECE | n |
|---|---|---|---|---|---|---|
{labels}"""


def _calibration(manifest: Mapping[str, Any]) -> str:
    calibration, review = manifest["held_out"]["calibration"], manifest["held_out"]["review"]
    tables = []
    for name, found in calibration.items():
        rows = "\n".join(
            f"| {low:.1f}–{low + 0.1:.1f} | {n} | {mean:.3f} | {share:.3f} |" for low, n, mean, share in found["bins"]
        )
        tables.append(
            f"Scores of {name}: ECE {found['ece']:.3f}.\n\n| score | n | mean | right |\n|---|---|---|---|\n{rows}"
        )
    shown = "\n\n".join(tables)
    return f"""## Calibration

On the folds, in ten bins of equal width.

{shown}

A paragraph is flagged for `review` where the model is less sure than {manifest["review_below"]:.3f}: the probability that all
its domains are right, times the root of that of its least sure partner. That flags {review["flagged"]:.1%} of the folds; of the
rest {review["exact_unflagged"]:.1%} have exactly the right domains, of all {review["exact"]:.1%}."""  # fmt: skip


def _failures(manifest: Mapping[str, Any]) -> str:
    whole = manifest["held_out"]
    slices = whole["slices"]
    rows = "\n".join(
        _row(name, scores, unmeasured=_NO_GOLD if name == NO_DOMAIN else ()) for name, scores in slices.items()
    )
    found = "\n".join(f"- {text}" for text in (*_weak_slices(whole), *_weak_labels(whole)))
    return f"""## Where it fails

By slice of the folds. A slice is named here where its exact match or its partners are {_WEAK * 100:.0f} points or more below the whole.

{found}

{_header("paragraphs")}
{rows}"""  # fmt: skip


def _weak_slices(whole: Mapping[str, Any]) -> list[str]:
    """A sentence for each slice that is weak, the weakest first."""
    figures = (("domains_exact", "exact"), ("partners_f1", "partners"))
    behind = {
        name: [(title, scores[key], whole[key]) for key, title in figures if whole[key] - scores[key] >= _WEAK]
        for name, scores in whole["slices"].items()
    }
    ranked = sorted((name for name in behind if behind[name]), key=lambda name: min(x - y for _, x, y in behind[name]))
    return [
        f"**{name}** ({whole['slices'][name]['n'] / whole['n']:.0%} of the paragraphs): "
        + ", ".join(f"{title} {value:.3f} against {all_:.3f}" for title, value, all_ in behind[name])
        for name in ranked
    ]


def _weak_labels(whole: Mapping[str, Any]) -> list[str]:
    """What is missed and what is wrong, by domain; partners that no word names; labels where none belongs."""
    labels = sorted(whole["labels"].items(), key=lambda item: item[1]["f1"])
    sentences = [
        f"**{name}**: {1 - scores['recall']:.0%} of the paragraphs coded with it are missed, "
        f"{1 - scores['precision']:.0%} of those labelled with it are wrong"
        for name, scores in labels
    ]
    sentences.append(
        f"**carried partners**, which no word of the paragraph names: F1 {whole['carried_f1']:.3f} against {whole['named_f1']:.3f} "
        "for named ones"
    )
    if NO_DOMAIN in whole["slices"]:
        wrong = 1 - whole["slices"][NO_DOMAIN]["domains_exact"]
        sentences.append(f"**labels where none belongs**: {wrong:.0%} of the paragraphs coded without a domain get one")
    return sentences


def _homes(manifest: Mapping[str, Any]) -> str:
    groups = manifest.get("leave_home_out")
    if not groups:
        return ""
    rows = "\n".join(
        f"| {name} | {len(g['homes'])} | {g['by_home']['n']} | "
        + " | ".join(
            f"{g['by_article'][key]:.3f} | {g['by_home'][key]:.3f}"
            for key in ("domains_macro_f1", "domains_exact", "partners_f1", "carried_f1")
        )
        + " |"
        for name, g in groups.items()
    )
    worst = max(groups, key=lambda name: _lost(groups[name]))
    lost = f"Most is lost without {worst}: {100 * _lost(groups[worst]):.1f} points of exact match."
    return f"""## Homes it never saw

Each group of home countries left out of the training of a fast model, and measured: beside it the same articles held out one by one.
{lost if _lost(groups[worst]) > 0 else "None of them is missed."}

| homes left out | homes | n | macro-F1 held out | left out | exact held out | left out | partners held out | left out | carried held out | left out |
|---|---|---|---|---|---|---|---|---|---|---|
{rows}"""


def _lost(group: Mapping[str, Any]) -> float:
    return float(group["by_article"]["domains_exact"] - group["by_home"]["domains_exact"])


def _limits(limits: str) -> str:
    return f"## Limits of what it learnt from\n\n{limits}" if limits else ""


def _thresholds(manifest: Mapping[str, Any]) -> str:
    rows = "\n".join(f"| {name} | {value:.2f} |" for name, value in manifest["thresholds"]["domains"].items())
    return f"""## Thresholds

| label | threshold |
|---|---|
{rows}
| partners | {manifest["thresholds"]["partners"]:.2f} |

The domain thresholds together give the best mean of macro-F1 and exact match on the folds, the partner threshold the best F1
over codes."""


def _header(of: str) -> str:
    return f"| {of} | n | {' | '.join(_FIGURES.values())} |\n|{'---|' * (len(_FIGURES) + 2)}"


def _row(name: str, scores: Mapping[str, Any], *, unmeasured: Sequence[str] = ()) -> str:
    values = ["–" if key in unmeasured else f"{scores[key]:.3f}" for key in _FIGURES]
    return f"| {name} | {scores['n']} | {' | '.join(values)} |"
