"""How fast archives are labelled, beside what only predicts, and what that costs in memory.

`python benchmarks/speed.py [--largest 1000000] [--markdown]`. The articles are those of data/articles, repeated, with ids of
their own. Peers do domains alone, on paragraphs that are in memory already, trained on data/articles/train: neither reading,
segmenting, partners nor writing. One whose library is missing is named and left out: `pip install fasttext-numpy2-wheel
model2vec psutil`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from communique.bundle import SHIPPED
from communique.codebook import DOMAINS
from communique.reading.coded import read_coded

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from communique.cli import main; main()"]
TEXT = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe."
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What one command took: seconds, and the most memory all its processes held together, in MB (None: not measured)."""

    seconds: float
    memory: float | None


def run(*arguments: str, text: str | None = None) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process, _memory_of(process.pid) as memory:
        process.communicate(text)
    if process.returncode:
        raise SystemExit(f"communique {' '.join(arguments)} ended with {process.returncode}")
    return Run(time.perf_counter() - start, memory.most)


class _memory_of:
    """Watches a process and its children; pages that they share count once."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.most: float | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _memory_of:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            import psutil
        except ImportError:
            return
        while not self._done.wait(0.25):
            try:
                process = psutil.Process(self.pid)
                family = [process, *process.children(recursive=True)]
                held = sum(getattr(p.memory_full_info(), "pss", 0) or p.memory_info().rss for p in family) / 1e6
                self.most = max(self.most or 0.0, held)
            except psutil.Error:
                continue


def write_articles(path: Path, paragraphs: int) -> int:
    """Raw articles with at least so many body paragraphs; returns how many there are."""
    coded = [
        json.loads(line)
        for file in sorted((ROOT / "data" / "articles").rglob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    written = 0
    with path.open("w", encoding="utf-8") as stream:
        for turn in count():
            for article in coded:
                text = article.get("text") or "\n\n".join(p["text"] for p in article["paragraphs"])
                row = {"id": f"{article['id']}-{turn}", "text": text, "title": article["title"]}
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                written += sum(p["kind"] == "body" for p in article["paragraphs"])
                if written >= paragraphs:
                    return written


def starts() -> Iterator[Row]:
    run("--help")
    yield "`communique --help`", f"{min(run('--help').seconds for _ in range(5)):.2f} s"
    for model in SHIPPED:
        first = min(run("predict", "-", "--model", model, text=TEXT).seconds for _ in range(3))
        yield f"one paragraph from a cold start, {model}", f"{first:.2f} s"


def archives(folder: Path, largest: int) -> Iterator[Row]:
    """Growing archives by one process and by two, from JSON lines to JSON lines."""
    source, output = folder / "articles.jsonl", folder / "labels.jsonl"
    sizes = [n for n in (10_000, 100_000, 1_000_000) if n <= largest] or [largest]
    # The largest by two processes alone: by one it would take as long again, and the growth is seen by then
    runs = [("fast", size, jobs) for size in sizes for jobs in ((1, 2) if size < 1_000_000 else (2,))]
    for model, size, jobs in [("accurate", 2_000, 1), ("accurate", 2_000, 2), *runs]:
        paragraphs = write_articles(source, size)
        how = ("--quiet", "--model", model, "--jobs", str(jobs))
        took = run("predict", str(source), "-o", str(output), *how)
        memory = "not measured" if took.memory is None else f"{took.memory:,.0f} MB"
        pace = f"{paragraphs / took.seconds:,.0f}"
        yield model, f"{paragraphs:,}", str(jobs), f"{took.seconds:,.0f} s", pace, memory
        output.unlink()


# Peers: given training and test texts, they return a function that predicts the test texts.


def tfidf(train: Sequence[str], labels: np.ndarray, *, characters: bool) -> Callable[[Sequence[str]], object]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import FeatureUnion, Pipeline

    vectors = [("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2))]
    if characters:
        vectors.append(("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3)))
    model = OneVsRestClassifier(LogisticRegression(C=10, max_iter=1000))
    pipeline = Pipeline([("vectors", FeatureUnion(vectors)), ("model", model)])
    return pipeline.fit(train, labels).predict


def fasttext(train: Sequence[str], labels: np.ndarray) -> Callable[[Sequence[str]], object]:
    import fasttext as library

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        lines = [
            " ".join(f"__label__{d}" for d, yes in zip(DOMAINS, row, strict=True) if yes) + " " + " ".join(text.split())
            for text, row in zip(train, labels, strict=True)
        ]
        file.write_text("\n".join(lines), encoding="utf-8")
        model = library.train_supervised(str(file), loss="ova", epoch=10, wordNgrams=2, verbose=0)
    return lambda texts: model.predict([" ".join(t.split()) for t in texts], k=-1, threshold=0.5)


def model2vec(train: Sequence[str], labels: np.ndarray) -> Callable[[Sequence[str]], object]:
    """Encoding alone; what the vectors hold does not change its pace, so that they are drawn at random."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer

    file = ROOT / "model" / "communique" / "models" / "accurate" / "tokenizer.json"
    if not file.exists():
        raise ImportError("the tokenizer of an accurate model")
    tokenizer = Tokenizer.from_file(str(file))
    vectors = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 256)).astype(np.float32)
    return StaticModel(vectors, tokenizer).encode


def peers(ours: float) -> Iterator[Row]:
    """Paragraphs a second of prediction alone, and how many times that is ours end to end by one process."""
    coded = read_coded([ROOT / "data" / "articles" / "train"])
    body = [p for article in coded for p in article.paragraphs if p.kind == "body"]
    texts = [p.text for p in body]
    labels = np.asarray([[int(d in p.coding.domains) for d in DOMAINS] for p in body])
    makers = {
        "TF-IDF words, logistic regression": lambda: tfidf(texts, labels, characters=False),
        "TF-IDF words and characters, logistic regression": lambda: tfidf(texts, labels, characters=True),
        "fastText": lambda: fasttext(texts, labels),
        "model2vec, encoding alone": lambda: model2vec(texts, labels),
    }
    yield "communique, fast, all of it", f"{ours:,.0f}", "1.0"
    for name, make in makers.items():
        try:
            predict = make()
        except ImportError as error:
            yield name, f"left out: needs {error.name or error}", "–"
            continue
        predict(texts[:100])
        start = time.perf_counter()
        predict(texts)
        pace = len(texts) / (time.perf_counter() - start)
        yield name, f"{pace:,.0f}", f"{pace / ours:.1f}"


def show(title: str, columns: Sequence[str], rows: Sequence[Row], *, markdown: bool) -> None:
    if markdown:
        print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
        print("\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
        return
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=100_000, help="paragraphs of the largest archive")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    show("Start", ("start", ""), list(starts()), markdown=options.markdown)
    with tempfile.TemporaryDirectory() as folder:
        grown = list(archives(Path(folder), options.largest))
    columns = ("model", "paragraphs", "jobs", "time", "paragraphs a second", "memory")
    show("Archives, JSON lines to JSON lines", columns, grown, markdown=options.markdown)
    ours = float([row[4] for row in grown if row[2] == "1"][-1].replace(",", ""))
    columns = ("prediction", "paragraphs a second", "times ours")
    show("Beside prediction alone", columns, list(peers(ours)), markdown=options.markdown)


if __name__ == "__main__":
    main()
