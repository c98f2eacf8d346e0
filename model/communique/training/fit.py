"""Train a model folder from coded articles. Same data, same seed, same hash."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from communique.bundle import Bundle, save_bundle, thresholds_of
from communique.codebook import label_set
from communique.domains.context import ContextDomainClassifier
from communique.domains.linear import LinearDomainClassifier
from communique.encoder.model import Encoder, EncoderScores
from communique.errors import CommuniqueError, require
from communique.evaluation import Pair, evaluate, measure
from communique.folder import CARD, CHECKPOINTS, check_free
from communique.golden import add_golden
from communique.labeler import Labeler, confidence, passages_of, read_draft, tasks_of, with_partners
from communique.partners.resolve import PartnerResolver
from communique.reading.coded import read_coded
from communique.reading.plain import read_paragraphs
from communique.records import CodedArticle, Coding, Draft
from communique.training.card import read_limits, write_card
from communique.training.finetune import MADE, EncoderOptions, encode, load_graph
from communique.training.holdout import figures, held_out_pairs, home_groups, scores
from communique.writing import sole_writer, write_files

#: The share of paragraphs that `review` may flag, on held-out articles.
REVIEW_SHARE = 0.14
#: Threads of the estimators: how many add up a sum shows in its last digit, and so in the hash.
_THREADS = 2
_LIBRARIES = ("scikit-learn", "numpy", "scipy", "safetensors", "ahocorasick_rs", "wordfreq")
_OF_ENCODERS = ("onnxruntime", "tokenizers")


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a training run can vary; the defaults are those of the shipped models, save `encoder`, `homes` and `license`.

    seed: of every shuffle. strength, bits, context: of the domain classifier. rounds, leaves: of the partner trees.
    encoder: how to fine-tune a transformer beside them, None for a fast model without one. homes: whether to measure what
    leaving each group of home countries out of the training costs; it takes five times as long. license: of the model, by
    its name on the Hugging Face Hub, for the card; None says nothing.
    """

    seed: int = 0
    strength: float = 10.0
    context: float = 0.5
    bits: int = 17
    rounds: int = 500
    leaves: int = 32
    encoder: EncoderOptions | None = None
    homes: bool = False
    license: str | None = None


def train(data: Path, folder: Path, *, options: TrainingOptions | None = None) -> dict[str, Any]:
    """Train on the coded articles of `data` and write the model to `folder`; return the manifest.

    `data` is a JSONL file, or a folder: its `articles/train` if there is one, else all its JSONL files. What its
    README.md has under "Limits" goes into the model's card. Fine-tuning an encoder takes hours: called again after an
    interruption, with the same data and options, it goes on from its checkpoints. Raises `CommuniqueError` where another
    process writes `folder`, or it holds what is no part of a model.
    """
    require("sklearn", "training", "train")
    folder = folder.resolve()  # "." has no name to lock
    with sole_writer(folder):
        check_free(folder)
        return _train(data, folder, options or TrainingOptions())


def _train(data: Path, folder: Path, options: TrainingOptions) -> dict[str, Any]:
    source = data / "articles" / "train" if (data / "articles" / "train").is_dir() else data
    articles = read_coded([source], domains=None)
    if len(articles) < 10:
        raise CommuniqueError(f"{source}: expected at least 10 coded articles to train on, got {len(articles)}")
    labels = label_set(d for a in articles for p in a.paragraphs for d in p.coding.domains)
    apart = _apart(data, labels)
    drafts = [draft_of(article) for article in articles]
    codings = [[p.coding for p in article.paragraphs if p.kind == "body"] for article in articles]
    encoded, made = None, None
    if options.encoder:
        made = folder / CHECKPOINTS / MADE
        encoded = encode(drafts, codings, folder, labels=labels, options=options.encoder, data=data_hash(articles))
    domains, partners = _fit(articles, drafts, codings, encoded, options, labels)
    review_below = _review_below(domains, partners)
    thresholds = thresholds_of(domains, partners)
    pairs = held_out_pairs(
        articles, domains.held_out_, partners.held_out_results_, thresholds=thresholds, review_below=review_below
    )
    save_bundle(
        folder,
        domains=domains,
        partners=partners,
        review_below=review_below,
        encoder=made,
        facts={
            "data": {
                "articles": len(articles),
                "paragraphs": len(pairs),
                "sha256": data_hash(articles),
                "languages": sorted({a.lang for a in articles if a.lang}),
                "homes": len({a.home for a in articles}),
            },
            "options": asdict(options),
            "held_out": scores(pairs, articles, labels),
            "tested": _tested(apart, domains, partners, load_graph(made) if made else None),
            "leave_home_out": _leave_home_out(articles, drafts, codings, pairs, options, labels)
            if options.homes
            else None,
            "libraries": {name: version(name) for name in (*_LIBRARIES, *(_OF_ENCODERS if encoded else ()))},
            "communique": version("communique"),
        },
    )
    manifest = add_golden(folder)
    write_files({folder / CARD: write_card(manifest, limits=read_limits(data)).encode("utf-8")})
    if made:
        for file in made.iterdir():  # for plain transformers
            file.replace(folder / file.name)
        shutil.rmtree(folder / CHECKPOINTS)
    return manifest


def _apart(data: Path, labels: Sequence[str]) -> dict[str, list[CodedArticle]]:
    """The parts of the data that were set apart: its test split, and each file of its outside set."""
    parts = {"test split": data / "articles" / "test"} if (data / "articles" / "test").is_dir() else {}
    parts |= {f"outside, {file.stem.replace('_', ' ')}": file for file in sorted((data / "outside").glob("*.jsonl"))}
    return {name: read_coded([part], domains=labels) for name, part in parts.items()}


def _tested(
    apart: Mapping[str, Sequence[CodedArticle]],
    domains: ContextDomainClassifier,
    partners: PartnerResolver,
    encoder: Encoder | None,
) -> dict[str, Any]:
    """Figures on what was set apart."""
    labeler = Labeler(Bundle("new", domains, partners, 0.0, {}, encoder))
    return {name: figures(evaluate(labeler, articles, samples=0)) for name, articles in apart.items()}


def _fit(
    articles: Sequence[CodedArticle],
    drafts: Sequence[Draft],
    codings: Sequence[Sequence[Coding]],
    encoded: Sequence[EncoderScores] | None,
    options: TrainingOptions,
    labels: Sequence[str],
) -> tuple[ContextDomainClassifier, PartnerResolver]:
    from threadpoolctl import threadpool_limits

    Y = np.asarray([[int(d in coding.domains) for d in labels] for rows in codings for coding in rows])
    groups = [article.id for article, rows in zip(articles, codings, strict=True) for _ in rows]
    passages = passages_of(drafts, encoded)
    with threadpool_limits(_THREADS):
        words = LinearDomainClassifier(
            labels=labels, strength=options.strength, context=options.context, bits=options.bits, seed=options.seed
        ).fit(passages, Y, groups=groups)
        partners = PartnerResolver(rounds=options.rounds, leaves=options.leaves, seed=options.seed)
        partners.fit(tasks_of(drafts, words.held_out_, encoded), codings)
        resolved = with_partners(passages, partners.held_out_results_)
        domains = ContextDomainClassifier(words, seed=options.seed).fit(resolved, Y, groups=groups, first=words)
    return domains, partners


def _leave_home_out(
    articles: Sequence[CodedArticle],
    drafts: Sequence[Draft],
    codings: Sequence[Sequence[Coding]],
    pairs: Sequence[Pair],
    options: TrainingOptions,
    labels: Sequence[str],
) -> dict[str, Any]:
    """Figures on the articles of each group of homes: held out article by article, and by a model that saw none of the group.

    The models are fast ones: fine-tuning an encoder for each group would take a day.
    """
    groups = home_groups(articles)
    result = {}
    for group in dict.fromkeys(groups.values()):
        test = [i for i, article in enumerate(articles) if groups[article.home] == group]
        train = [i for i, article in enumerate(articles) if groups[article.home] != group]
        if len(train) < 10:
            continue
        domains, partners = _fit(
            [articles[i] for i in train], [drafts[i] for i in train], [codings[i] for i in train], None, options, labels
        )
        verdicts = Labeler(Bundle("new", domains, partners, 0.0, {})).judge([drafts[i] for i in test])
        found = held_out_pairs(
            [articles[i] for i in test],
            np.concatenate([verdict.domains for verdict in verdicts]),
            [verdict.resolutions for verdict in verdicts],
            thresholds=thresholds_of(domains, partners),
            review_below=0.0,
        )
        ids = {articles[i].id for i in test}
        result[group] = {
            "homes": sorted({articles[i].home for i in test}),
            "by_article": figures(
                measure([p for p in pairs if p.article in ids], model="", segmented=False, domains=labels)
            ),
            "by_home": figures(measure(found, model="", segmented=False, domains=labels)),
        }
    return result


def draft_of(article: CodedArticle) -> Draft:
    """The draft of a coded article, from its given paragraphs."""
    read = read_paragraphs(
        [(p.text, p.kind) for p in article.paragraphs], id=article.id, title=article.title, home=article.home
    )
    return read_draft(read, article.home)


def data_hash(articles: Sequence[CodedArticle]) -> str:
    """SHA-256 over what the model learns from: ids, titles, homes, texts and codings, in order of the ids.

    Domains count in alphabetical order, so that it does not matter by which list of domains the articles were read.
    """
    digest = hashlib.sha256()
    for a in sorted(articles, key=lambda a: a.id):
        rows = [(p.text, p.kind, sorted(p.coding.domains), p.coding.partners, p.coding.named) for p in a.paragraphs]
        digest.update(json.dumps([a.id, a.title, a.home, rows], ensure_ascii=False).encode("utf-8"))
    return digest.hexdigest()


def _review_below(domains: ContextDomainClassifier, partners: PartnerResolver) -> float:
    found = [resolution for article in partners.held_out_results_ for resolution in article]
    values = [
        confidence(row, domains.thresholds_, resolution, partners.threshold_)
        for row, resolution in zip(domains.held_out_, found, strict=True)
    ]
    return round(float(np.quantile(values, REVIEW_SHARE)), 4)
