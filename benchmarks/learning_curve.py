"""Is more data still worth writing? `python benchmarks/learning_curve.py ENCODER_DIR` (needs torch and transformers).

Two models are trained on 1/8, 1/4, 1/2 and all of the training articles and scored on the slices of data/outside: the
linear model of this package, and logistic regression on a frozen encoder (multilingual-e5-small: the mean over the
tokens of the paragraph beside that of its title and preceding text). Articles are drawn at random with a fixed seed,
each part within the next. The table goes into data/README.md.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from communique.bundle import load_bundle
from communique.codebook import DOMAINS
from communique.evaluation import evaluate
from communique.labeler import Labeler
from communique.reading.coded import read_coded
from communique.records import CodedArticle
from communique.training.fit import train

ROOT = Path(__file__).parents[1]
SLICES = ("condensed", "formulaic", "other_home", "english")
PARTS = (8, 4, 2, 1)
CONTEXT_CHARACTERS = 900


def parts(path: Path) -> dict[int, list[str]]:
    """Divisor to the lines of a random part of the corpus; the smaller parts lie in the larger."""
    lines = [line for file in sorted(path.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    random.Random(0).shuffle(lines)
    return {divisor: lines[: len(lines) // divisor] for divisor in PARTS}


def linear(lines: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "train.jsonl")
        data.write_text("\n".join(lines), encoding="utf-8")
        train(data, Path(folder, "model"))
        labeler = Labeler(load_bundle(Path(folder, "model")))
        return {name: evaluate(labeler, outside(name), samples=0).macro_f1 for name in SLICES}


def outside(name: str) -> list[CodedArticle]:
    return read_coded([ROOT / "data" / "outside" / f"{name}.jsonl"])


def rows(articles: Sequence[CodedArticle]) -> tuple[list[str], list[str], np.ndarray, list[str]]:
    """Paragraphs, their contexts, their domains as a 0/1 matrix, and the article each belongs to."""
    texts, contexts, labels, groups = [], [], [], []
    for article in articles:
        before = article.title or ""
        for paragraph in article.paragraphs:
            if paragraph.kind != "body":
                continue
            texts.append(paragraph.text)
            contexts.append(f"{article.title or ''} {before[-CONTEXT_CHARACTERS:]}")
            labels.append([int(d in paragraph.coding.domains) for d in DOMAINS])
            groups.append(article.id)
            before += " " + paragraph.text
    return texts, contexts, np.asarray(labels), groups


class FrozenEncoder:
    def __init__(self, folder: str) -> None:
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).float().eval()

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Mean over the tokens, float32 of shape (texts, width)."""
        import torch

        found = np.zeros((len(texts), self.model.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(order), 32):
            some = order[at : at + 32]
            batch = self.tokenizer(
                ["passage: " + texts[i] for i in some],
                padding=True,
                truncation=True,
                max_length=224,
                return_tensors="pt",
            )
            with torch.inference_mode():
                hidden = self.model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            found[some] = ((hidden * mask).sum(1) / mask.sum(1)).numpy()
        return found

    def features(self, texts: Sequence[str], contexts: Sequence[str]) -> np.ndarray:
        return np.hstack([self.embed(texts), self.embed(contexts)])


def frozen(
    train_rows: tuple, features: np.ndarray, tests: dict[str, tuple[np.ndarray, np.ndarray]]
) -> dict[str, float]:
    """Logistic regression for each domain, its threshold from folds grouped by article."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels, groups = train_rows
    predicted: dict[str, list[np.ndarray]] = {name: [] for name in tests}
    for k in range(len(DOMAINS)):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=2000))
        held = cross_val_predict(
            model, features, labels[:, k], groups=groups, cv=GroupKFold(5), method="predict_proba"
        )[:, 1]
        grid = np.arange(0.2, 0.71, 0.05)
        threshold = max(grid, key=lambda t: f1_score(labels[:, k], held >= t))
        model.fit(features, labels[:, k])
        for name, (x, _) in tests.items():
            predicted[name].append(model.predict_proba(x)[:, 1] >= threshold)
    return {
        name: float(f1_score(y, np.column_stack(predicted[name]), average="macro", zero_division=0))
        for name, (_, y) in tests.items()
    }


def main() -> None:
    encoder = FrozenEncoder(sys.argv[1])
    tests = {}
    for name in SLICES:
        texts, contexts, labels, _ = rows(outside(name))
        tests[name] = encoder.features(texts, contexts), labels
    everything = parts(ROOT / "data" / "articles" / "train")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "train.jsonl")
        data.write_text("\n".join(everything[1]), encoding="utf-8")
        texts, contexts, labels, groups = rows(read_coded([data]))
    features = encoder.features(texts, contexts)
    print("| part | articles | model | " + " | ".join(SLICES).replace("_", " ") + " |")
    print("|" + "---|" * (3 + len(SLICES)))
    for divisor, lines in everything.items():
        ids = {json.loads(line)["id"] for line in lines}
        chosen = [i for i, group in enumerate(groups) if group in ids]
        scores = {
            "linear": linear(lines),
            "frozen encoder": frozen((labels[chosen], [groups[i] for i in chosen]), features[chosen], tests),
        }
        for model, found in scores.items():
            figures = " | ".join(f"{found[name]:.3f}" for name in SLICES)
            print(f"| {'all' if divisor == 1 else f'1/{divisor}'} | {len(lines)} | {model} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
