"""The validator of the corpus in data/articles: what no coded article may lack, and what no two may share."""

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from communique.codebook import DOMAINS
from communique.mentions.find import language_of, read_mentions
from communique.reading.coded import read_coded
from communique.reading.plain import read_paragraphs

ROOT = Path(__file__).parents[2]
ARTICLES = ROOT / "data" / "articles"
SEEDS = ROOT.parent / "shared" / "seeds"
OUTSIDE = ROOT / "data" / "outside"
SPLITS = sorted(p.name for p in ARTICLES.iterdir() if p.is_dir())


def words(text):
    return re.findall(r"\w+", text.lower())


def runs(text, length):
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


@pytest.fixture(scope="module")
def corpus():
    """Split to coded articles. Reading them checks schema, codes, and that named is within partners."""
    found = {split: read_coded([ARTICLES / split]) for split in SPLITS}
    assert all(found.values())
    return found


@pytest.fixture(scope="module")
def every(corpus):
    return [article for articles in corpus.values() for article in articles]


def test_ids_are_unique_over_all_splits(every):
    assert len({a.id for a in every}) == len(every)


def test_every_paragraph_has_text_on_one_line_and_every_article_a_body(every):
    for article in every:
        assert any(p.kind == "body" for p in article.paragraphs), article.id
        assert all(p.text.strip() and "\n" not in p.text for p in article.paragraphs), article.id


def test_every_paragraph_stands_in_its_raw_text_in_order(every):
    for article in every:
        at = 0
        for paragraph in article.paragraphs if article.text else ():
            at = article.text.find(paragraph.text, at)
            assert at >= 0, (article.id, paragraph.text[:60])


def test_the_data_card_states_the_hash_of_the_training_split(corpus):
    """As a training run computes it, for which any domain is allowed."""
    from communique.training.fit import data_hash

    found = data_hash(corpus["train"])
    assert found == data_hash(read_coded([ARTICLES / "train"], domains=None))
    assert found in (ROOT / "data" / "README.md").read_text("utf-8")


def test_no_body_text_twice(every):
    seen = defaultdict(list)
    for article in every:
        for text in {
            p.text for p in article.paragraphs if p.kind == "body"
        }:  # a lede may be printed twice in its article
            seen[" ".join(words(text))].append(article.id)
    assert not [ids for text, ids in seen.items() if len(ids) > 1 and len(text.split()) > 6]


def test_every_named_partner_is_found_by_the_gazetteer_or_listed_with_its_reason(every):
    with (ROOT / "data" / "named_exceptions.tsv").open(encoding="utf-8", newline="") as stream:
        listed = {
            (r["article"], r["paragraph"], r["code"]) for r in csv.DictReader(stream, delimiter="\t") if r["reason"]
        }
    missed = set()
    for article in every:
        known = {article.home}
        read = read_paragraphs([(p.text, p.kind) for p in article.paragraphs])
        lang = language_of(" ".join(p.clean.text for p in read.paragraphs))
        for index, (paragraph, coded) in enumerate(zip(read.paragraphs, article.paragraphs, strict=True)):
            found = {m.code for m in read_mentions(paragraph.clean.text, lang=lang, known=known).mentions}
            known |= found
            missed |= {(article.id, str(index), code) for code in coded.coding.named if code not in found}
    assert not missed - listed, "mend the coding or the gazetteer, or list these in data/named_exceptions.tsv"
    assert not listed - missed, "these exceptions are none any more"


def test_no_source_is_in_two_splits(corpus):
    splits = defaultdict(set)
    for split, articles in corpus.items():
        for article in articles:
            if article.source:
                splits[article.source.rstrip("/")].add(split)
    assert not {source: found for source, found in splits.items() if len(found) > 1}


def test_no_near_duplicates_across_splits(corpus):
    """No two paragraphs of different splits share a third of their runs of five words."""
    where = defaultdict(set)
    shingles = {}
    for split, articles in corpus.items():
        for article in articles:
            for i, paragraph in enumerate(article.paragraphs):
                if paragraph.kind == "body":
                    key = split, article.id, i
                    shingles[key] = runs(paragraph.text, 5)
                    for run in shingles[key]:
                        where[run].add(key)
    shared = defaultdict(int)
    for keys in where.values():
        for one in keys:
            for other in keys:
                if one[0] < other[0]:
                    shared[one, other] += 1
    close = [pair for pair, n in shared.items() if 3 * n > min(len(shingles[key]) for key in pair) > 10]
    assert not close


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the five documents are not beside the project")
def test_no_run_of_twelve_words_of_the_seed_documents(every):
    theirs = set().union(*(runs(path.read_text("utf-8"), 12) for path in SEEDS.glob("*.txt")))
    assert theirs
    for article in every:
        for paragraph in article.paragraphs:
            assert not runs(paragraph.text, 12) & theirs, (article.id, paragraph.text[:60])


def test_the_outside_dev_set_shares_no_source_and_no_paragraph(every):
    """Figures on data/outside are worth something only as long as nothing of it is trained on."""
    outside = read_coded([OUTSIDE])
    sources = {article.source.rstrip("/") for article in outside if article.source}
    theirs = set().union(*(runs(p.text, 16) for article in outside for p in article.paragraphs))
    for article in every:
        assert not article.source or article.source.rstrip("/") not in sources, article.id
        for paragraph in article.paragraphs:
            assert paragraph.kind != "body" or not runs(paragraph.text, 16) & theirs, (article.id, paragraph.text[:60])


def test_the_folder_loads_with_typed_features(corpus, tmp_path):
    """As the data card promises: `datasets.load_dataset` on the folder gives the splits."""
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(ROOT / "data"), cache_dir=str(tmp_path))
    assert {split: len(rows) for split, rows in loaded.items()} == {s: len(a) for s, a in corpus.items()}
    features = loaded["train"].features
    assert list(features) == ["id", "home", "lang", "title", "date", "source", "text", "paragraphs"]
    assert features["paragraphs"].feature["partners"].feature.dtype == "string"


def test_the_counts_the_corpus_was_planned_with(every):
    """What users of the corpus are promised: its size, and enough of every case to learn from and to measure."""
    body = [p.coding for a in every for p in a.paragraphs if p.kind == "body"]
    usual = Counter(code for coding in body for code in coding.partners).most_common()
    assert len(every) >= 1200 and len(body) >= 7500
    assert sum(a.lang == "en" for a in every) >= 150 and sum(a.home != "VNM" for a in every) >= 300
    assert all(sum(domain in coding.domains for coding in body) >= 1200 for domain in DOMAINS)
    assert sum(not coding.domains for coding in body) >= 1500
    assert sum(len(coding.domains) > 1 for coding in body) >= 0.25 * len(body)
    assert sum(bool(coding.partners) and not coding.named for coding in body) >= 0.2 * len(body)
    assert sum(len(coding.partners) > 1 for coding in body) >= 0.12 * len(body)
    assert len(usual) >= 150 and usual[59][1] >= 20
