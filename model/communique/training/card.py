"""The model's card, written by the training run from its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def write_card(manifest: Mapping[str, Any]) -> str:
    """The card as Markdown. Says what was measured and how; nothing that the manifest does not hold."""
    data, scores, thresholds = manifest["data"], manifest["held_out"], manifest["thresholds"]
    rows = "\n".join(f"| {name} | {value:.2f} |" for name, value in thresholds["domains"].items())
    return f"""# communique model {manifest["hash"][:8]}

Labels paragraphs of news articles with the fields in which a home country cooperates with others, and with whom.

| | |
|---|---|
| format | {manifest["format"]} |
| hash | `{manifest["hash"]}` |
| trained on | {data["articles"]:,} articles, {data["paragraphs"]:,} body paragraphs, {data["homes"]} home countries, {", ".join(data["languages"])} |
| data | sha256 `{data["sha256"]}` |
| communique | {manifest["communique"]} |
| libraries | {", ".join(f"{name} {number}" for name, number in manifest["libraries"].items())} |

## Scores on held-out articles of the training data (5 folds, grouped by article)

| measure | value |
|---|---|
| domains, macro-F1 | {scores["domains_macro_f1"]:.3f} |
| domains, exact match | {scores["domains_exact"]:.3f} |
| partners, F1 | {scores["partners_f1"]:.3f} |

These folds also chose the thresholds and the calibration, so they flatter a little; `communique evaluate` measures on
articles that had no part in training.

## Thresholds

| label | threshold |
|---|---|
{rows}
| partners | {thresholds["partners"]:.2f} |

The domain thresholds together give the best mean of macro-F1 and exact match on the held-out folds, the partner
threshold the best F1 over codes.
A paragraph is flagged for review where the model's own probability that all its labels are right is below
{manifest["review_below"]:.3f}.
"""
