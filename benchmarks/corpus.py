"""Count the corpus and fill data/README.md: `python benchmarks/corpus.py`.

Counts by split, the hash of the training split, and the agreement of the first coding with the blind second
one (data/second_coding.jsonl: both codings of each body paragraph, as they were before disagreements were settled).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from figures import replaced

from communique.codebook import BODIES, DEFAULT_HOME, DOMAINS
from communique.evaluation import Pair, measure
from communique.reading.coded import read_coded
from communique.records import CodedArticle, Coding, LabeledParagraph
from communique.training.fit import data_hash

ROOT = Path(__file__).parents[1]
CARD = ROOT / "data" / "README.md"
SPLITS = ("train", "dev", "test")
#: Hosts of the Vietnam News Agency's papers.
VNA = {
    *("fr.vietnamplus.vn", "en.vietnamplus.vn", "www.vietnamplus.vn", "lecourrier.vn", "www.lecourrier.vn"),
    *("vietnam.vnanet.vn", "vietnamnews.vn"),
}


def counts(splits: dict[str, list[CodedArticle]]) -> str:
    every = [a for articles in splits.values() for a in articles]
    lines = ["| | " + " | ".join(SPLITS) + " | all |", "|---|---|---|---|---|"]
    columns = [*splits.values(), every]

    def row(name: str, figure) -> None:
        lines.append(f"| {name} | " + " | ".join(str(figure(column)) for column in columns) + " |")

    def body(articles):
        return [p.coding for a in articles for p in a.paragraphs if p.kind == "body"]

    def share(articles, test) -> str:
        codings = body(articles)
        return f"{100 * sum(map(test, codings)) / len(codings):.1f}%"

    row("articles", len)
    row("in English", lambda c: sum(a.lang == "en" for a in c))
    row("home other than Vietnam", lambda c: sum(a.home != DEFAULT_HOME for a in c))
    row("homes", lambda c: len({a.home for a in c}))
    row("retold from a real article", lambda c: sum(bool(a.source) for a in c))
    row("… from sites of the Vietnam News Agency", lambda c: sum(urlsplit(a.source or "").hostname in VNA for a in c))
    row("with boilerplate", lambda c: sum(any(p.kind != "body" for p in a.paragraphs) for a in c))
    row("body paragraphs", lambda c: len(body(c)))
    for domain in DOMAINS:
        row(f"… {domain}", lambda c, d=domain: sum(d in coding.domains for coding in body(c)))
    row("… no domain", lambda c: sum(not coding.domains for coding in body(c)))
    row("… two domains or more", lambda c: share(c, lambda x: len(x.domains) > 1))
    row("… partners carried only", lambda c: share(c, lambda x: bool(x.partners) and not x.named))
    row("… two partners or more", lambda c: share(c, lambda x: len(x.partners) > 1))
    row("partner codes", lambda c: len({code for coding in body(c) for code in coding.partners}))
    row("words a body paragraph, median", lambda c: int(median(words(c))))
    row("body paragraphs over 90 words", lambda c: f"{100 * sum(n > 90 for n in words(c)) / len(words(c)):.1f}%")
    usual = Counter(code for coding in body(every) for code in coding.partners).most_common()
    often = sum(n >= 20 for _, n in usual)
    first = ", ".join(f"{code} {n}" for code, n in usual[:10])
    bodies = sum(code in BODIES for code, _ in usual)
    lines += ["", f"{often} codes occur 20 times or more ({first}, …); {bodies} of the 17 bodies occur."]
    lines += [
        "",
        f"SHA-256 of the training split, which a model's manifest states of the data that it learnt from: `{data_hash(splits['train'])}`.",
    ]
    return "\n".join(lines)


def words(articles: list[CodedArticle]) -> list[int]:
    return [len(p.text.split()) for a in articles for p in a.paragraphs if p.kind == "body"]


def agreement(path: Path) -> str:
    lines = [
        "| | articles | n | domains macro-F1 | exact | partners | named | carried |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for name, some in (
        ("test", ["test"]),
        ("train", ["train"]),
        ("both", ["test", "train"]),
        ("disputed", ["disputed"]),
    ):
        pairs = [
            Pair(row["id"], "", coding(row["first"]), "body", as_labelled(coding(row["second"])))
            for row in rows
            if row["split"] in some
        ]
        r = measure(pairs, model="second coder", segmented=False)
        lines.append(
            f"| {name} | {r.articles} | {r.n} | {r.macro_f1:.3f} | {r.exact:.3f} | {r.partners.f1:.3f} | "
            f"{r.named.f1:.3f} | {r.carried.f1:.3f} |"
        )
    return "\n".join(lines)


def coding(row: dict) -> Coding:
    return Coding(tuple(row["domains"]), tuple(row["partners"]), tuple(row["named"]))


def as_labelled(coding: Coding) -> LabeledParagraph:
    return LabeledParagraph(
        index=0,
        text="",
        kind="body",
        start=0,
        stop=0,
        domains=coding.domains,
        partners=coding.partners,
        named=coding.named,
    )


def main() -> None:
    splits = {split: read_coded([ROOT / "data" / "articles" / split]) for split in SPLITS}
    text = replaced(CARD.read_text("utf-8"), "counts", counts(splits))
    second = ROOT / "data" / "second_coding.jsonl"
    if second.exists():
        text = replaced(text, "agreement", agreement(second))
    CARD.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
