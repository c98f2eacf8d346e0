"""The model's card, written by the training run from its manifest, in the form that the Hugging Face Hub reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

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


def write_card(manifest: Mapping[str, Any]) -> str:
    """The card as Markdown. Says what was measured and how; nothing that the manifest does not hold."""
    parts = (_front_matter, _head, _scores, _calibration, _failures, _homes, _thresholds)
    return "\n\n".join(text for part in parts if (text := part(manifest))) + "\n"


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
    values = {
        "language": manifest["data"]["languages"],
        "license": "apache-2.0",
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
    made = f"{encoder['layers']} layers of {encoder['base']}, fine-tuned, and words" if encoder else "words"
    rows = [
        ("format", manifest["format"]),
        ("hash", f"`{manifest['hash']}`"),
        ("made of", made),
        ("trained on", f"{data['articles']:,} articles, {data['paragraphs']:,} body paragraphs, {data['homes']} home countries, {', '.join(data['languages'])}"),
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
    weak = [
        name
        for name, scores in slices.items()
        if min(scores[key] - whole[key] for key in ("domains_exact", "partners_f1")) < -_WEAK
    ]
    named = f"Weakest (by {_WEAK * 100:.0f} points or more): {', '.join(weak)}." if weak else ""
    rows = "\n".join(_row(name, scores) for name, scores in slices.items())
    return f"""## Where it fails

By slice of the folds. {named} Carried partners are the hardest: {whole["carried_f1"]:.3f} against {whole["named_f1"]:.3f} for named ones.

{_header("paragraphs")}
{rows}"""


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
    return f"""## Homes it never saw

Each group of home countries left out of the training of a fast model, and measured: beside it the same articles held out one by one.

| homes left out | homes | n | macro-F1 held out | left out | exact held out | left out | partners held out | left out | carried held out | left out |
|---|---|---|---|---|---|---|---|---|---|---|
{rows}"""


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


def _row(name: str, scores: Mapping[str, Any]) -> str:
    values: Sequence[str] = [f"{scores[key]:.3f}" for key in _FIGURES]
    return f"| {name} | {scores['n']} | {' | '.join(values)} |"
