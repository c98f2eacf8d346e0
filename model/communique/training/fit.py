"""Train a model folder from coded articles. Same data, same seed, same hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from communique.bundle import CARD, save_bundle
from communique.codebook import DOMAINS
from communique.domains.context import ContextDomainClassifier
from communique.domains.linear import LinearDomainClassifier
from communique.errors import CommuniqueError
from communique.labeler import confidence, passages_of, read_draft, tasks_of
from communique.partners.resolve import PartnerResolver
from communique.reading.coded import read_coded
from communique.reading.plain import read_paragraphs
from communique.records import CodedArticle, Draft
from communique.training.card import write_card
from communique.training.finetune import EncoderOptions, encode

#: The share of paragraphs that `review` may flag, on held-out articles.
REVIEW_SHARE = 0.14
_LIBRARIES = ("scikit-learn", "numpy", "scipy", "safetensors", "ahocorasick_rs", "wordfreq")


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a training run can vary; the defaults are those of the shipped model.

    seed: of every shuffle. strength, bits, context: of the domain classifier. rounds, leaves: of the partner trees.
    encoder: how to fine-tune a transformer beside them, None for a fast model without one.
    """

    seed: int = 0
    strength: float = 10.0
    context: float = 0.5
    bits: int = 17
    rounds: int = 200
    leaves: int = 12
    encoder: EncoderOptions | None = None


def train(data: Path, folder: Path, *, options: TrainingOptions | None = None) -> dict[str, Any]:
    """Train on the coded articles of `data` and write the model to `folder`; return the manifest.

    `data` is a JSONL file, or a folder: its `articles/train` if there is one, else all its JSONL files. Fine-tuning an
    encoder takes hours: called again after an interruption, with the same data and options, it goes on from its checkpoints.
    """
    options = options or TrainingOptions()
    source = data / "articles" / "train" if (data / "articles" / "train").is_dir() else data
    articles = read_coded([source])
    if len(articles) < 10:
        raise CommuniqueError(f"{source}: expected at least 10 coded articles to train on, got {len(articles)}")
    drafts = [draft_of(article) for article in articles]
    codings = [[p.coding for p in article.paragraphs if p.kind == "body"] for article in articles]
    encoded = None
    if options.encoder:
        encoded = encode(drafts, codings, folder, options=options.encoder, data=data_hash(articles))
    passages = passages_of(drafts, encoded)
    labels = np.asarray([[int(d in coding.domains) for d in DOMAINS] for rows in codings for coding in rows])
    groups = [article.id for article, rows in zip(articles, codings, strict=True) for _ in rows]
    words = LinearDomainClassifier(
        strength=options.strength, context=options.context, bits=options.bits, seed=options.seed
    )
    domains = ContextDomainClassifier(words, seed=options.seed).fit(passages, labels, groups=groups)
    tasks = tasks_of(drafts, domains.held_out_, encoded)
    partners = PartnerResolver(rounds=options.rounds, leaves=options.leaves, seed=options.seed).fit(tasks, codings)
    manifest = save_bundle(
        folder,
        domains=domains,
        partners=partners,
        review_below=_review_below(domains, partners),
        encoder=encoded is not None,
        facts={
            "data": {
                "articles": len(articles),
                "paragraphs": len(labels),
                "sha256": data_hash(articles),
                "languages": sorted({a.lang for a in articles}),
                "homes": len({a.home for a in articles}),
            },
            "options": asdict(options),
            "held_out": _held_out_scores(domains, partners, labels, codings),
            "libraries": {name: version(name) for name in _LIBRARIES},
            "communique": version("communique"),
        },
    )
    (folder / CARD).write_text(write_card(manifest), encoding="utf-8")
    return manifest


def draft_of(article: CodedArticle) -> Draft:
    """The draft of a coded article, from its given paragraphs."""
    read = read_paragraphs(
        [(p.text, p.kind) for p in article.paragraphs], id=article.id, title=article.title, home=article.home
    )
    return read_draft(read, article.home)


def data_hash(articles: Sequence[CodedArticle]) -> str:
    """SHA-256 over what the model learns from: ids, titles, homes, texts and codings, in order of the ids."""
    digest = hashlib.sha256()
    for a in sorted(articles, key=lambda a: a.id):
        rows = [(p.text, p.kind, p.coding.domains, p.coding.partners, p.coding.named) for p in a.paragraphs]
        digest.update(json.dumps([a.id, a.title, a.home, rows], ensure_ascii=False).encode("utf-8"))
    return digest.hexdigest()


def _review_below(domains: ContextDomainClassifier, partners: PartnerResolver) -> float:
    found = [resolution for article in partners.held_out_results_ for resolution in article]
    values = [
        confidence(row, domains.thresholds_, resolution, partners.threshold_)
        for row, resolution in zip(domains.held_out_, found, strict=True)
    ]
    return round(float(np.quantile(values, REVIEW_SHARE)), 4)


def _held_out_scores(
    domains: ContextDomainClassifier, partners: PartnerResolver, labels: Any, codings: Sequence[Sequence[Any]]
) -> dict[str, float]:
    from sklearn.metrics import f1_score

    predicted = domains.held_out_ >= domains.thresholds_
    hits = wrong = missed = 0
    for results, rows in zip(partners.held_out_results_, codings, strict=True):
        for result, coding in zip(results, rows, strict=True):
            chosen = {code for code, score in result.scores.items() if score >= partners.threshold_}
            gold = set(coding.partners)
            hits += len(chosen & gold)
            wrong += len(chosen - gold)
            missed += len(gold - chosen)
    return {
        "domains_macro_f1": round(float(f1_score(labels, predicted, average="macro", zero_division=0)), 4),
        "domains_exact": round(float((predicted == labels).all(axis=1).mean()), 4),
        "partners_f1": round(2 * hits / max(2 * hits + wrong + missed, 1), 4),
    }
