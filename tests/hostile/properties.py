"""What holds for any input whatever: it gives a result or a `CommuniqueError`, and what the result says is true."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import communique
from communique.codebook import DOMAINS, is_partner_code
from communique.errors import CommuniqueError, InputError
from communique.labeler import Labeler
from communique.mentions.find import read_mentions
from communique.reading.html import read_html
from communique.reading.plain import read_text
from communique.reading.repair import mend_encoding, part_words
from communique.reading.sources import read_file
from communique.reading.tables import ReadOptions
from communique.records import Article, LabeledArticle, MappedText


@cache
def fast_labeler() -> Labeler:
    return communique.load("fast")


def check_text(text: str) -> None:
    """A plain text is read and labelled, twice alike."""
    article = read_text(text)
    check_article(article, text)
    labelled = fast_labeler().label(text)
    check_labels(labelled, article)
    assert labelled == fast_labeler().label(text)


def check_page(page: str) -> None:
    """A web page is read and labelled, or refused, twice alike."""
    outcomes = []
    for _ in range(2):
        try:
            article = read_html(page)
        except InputError as error:
            check_error(error)
            outcomes.append(str(error))
            continue
        check_article(article, page, markup=True)
        labelled = fast_labeler().label(article)
        check_labels(labelled, article)
        outcomes.append(labelled)
    assert outcomes[0] == outcomes[1]


def check_mentions(text: str) -> None:
    """What is mentioned stands in the text, in order, each by itself."""
    for lang in (None, "fr", "en"):
        reading = read_mentions(text, lang=lang)
        assert reading.text == text
        for mention in reading.mentions:
            assert 0 <= mention.start < mention.stop <= len(text)
            assert is_partner_code(mention.code)
        assert all(a.stop <= b.start for a, b in pairwise(reading.mentions))
        assert all(0 <= cue.start < cue.stop <= len(text) for cue in reading.cues)
        assert all(0 <= start < stop <= len(text) for start, stop in reading.persons)
        assert reading == read_mentions(text, lang=lang)


def check_repair(text: str) -> None:
    """What was mended remembers where it stood; parting words adds spaces and nothing else."""
    mended = mend_encoding(MappedText.of(text))
    parted = part_words(mended)
    assert parted.text.replace(" ", "") == mended.text.replace(" ", "")
    for mapped in (mended, parted, mended.composed()):
        check_map(mapped, 0, len(text))
        for k, (at, exact) in enumerate(zip(mapped.at, mapped.exact, strict=True)):
            stop = mapped.at[k + 1] if k + 1 < len(mapped.at) else len(mapped.text)
            if exact:  # letter for letter, but for halves of pairs
                there = text[mapped.raw[k] : mapped.raw[k] + stop - at]
                assert all(b in (a, "\ufffd") for a, b in zip(there, mapped.text[at:stop], strict=True))


#: How tables and files are read where every limit is within reach.
NARROW = ReadOptions(max_bytes=4000, max_characters=2000, max_paragraphs=20, max_expansion=50, max_nesting=8)


def check_file(name: str, data: bytes, options: ReadOptions | None = None) -> None:
    """A file gives articles and `InputError`s, twice alike. `name` says what it holds: "a.jsonl.gz"."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        outcomes = []
        for _ in range(2):
            found = list(read_file(path, options=options))
            for item in found:
                if isinstance(item, Article):
                    check_article(item, item.raw, markup=".htm" in name)
                else:
                    check_error(item)
                    assert item.path == str(path)
            outcomes.append([item if isinstance(item, Article) else str(item) for item in found])
        assert outcomes[0] == outcomes[1]
        assert outcomes[0] or name.startswith(("a.jsonl", "a.csv", "a.parquet"))  # a table may have no rows


def check_error(error: CommuniqueError) -> None:
    """A message that can be shown: one line, of a length that can be read."""
    assert str(error).strip()
    assert len(str(error).splitlines()) == 1
    assert len(str(error)) < 2000


def check_article(article: Article, raw: str, *, markup: bool = False) -> None:
    """Paragraphs stand where they say, in order, none in another."""
    assert article.raw == raw
    assert article.title is None or len(article.title) < 3000
    end = 0
    for paragraph in article.paragraphs:
        assert end <= paragraph.start <= paragraph.stop <= len(raw)
        assert paragraph.text
        if not markup:
            assert raw[paragraph.start : paragraph.stop] == paragraph.text
        check_map(paragraph.clean, paragraph.start, paragraph.stop)
        end = paragraph.stop


def check_map(text: MappedText, first: int, last: int) -> None:
    """Each character comes from inside `[first, last]`, none from before the one in front of it."""
    before = first
    for k in range(len(text.text)):
        start, stop = text.span(k, k + 1)
        assert before <= start <= stop <= last
        before = start


def check_labels(labelled: LabeledArticle, article: Article) -> None:
    """Labels are those of the codebook; what speaks for them stands in the paragraph."""
    assert labelled.title == article.title
    for before, after in zip(article.paragraphs, labelled.paragraphs, strict=True):
        assert (before.start, before.stop, before.text, before.kind) == (
            after.start,
            after.stop,
            after.text,
            after.kind,
        )
        assert after.domains == tuple(d for d in DOMAINS if d in after.domains)
        assert all(is_partner_code(code) for code in (*after.partners, *after.partner_scores))
        assert labelled.home not in after.partners
        assert len(set(after.partners)) == len(after.partners)
        assert set(after.named) <= set(after.partners) <= set(after.partner_scores)
        assert all(0 <= score <= 1 for score in (*after.domain_scores.values(), *after.partner_scores.values()))
        assert set(after.domain_scores) == (set(DOMAINS) if after.kind == "body" else set())
        for evidence in after.evidence:
            assert after.start <= evidence.start <= evidence.stop <= after.stop
            assert article.raw[evidence.start : evidence.stop] == evidence.surface
            assert is_partner_code(evidence.code)
        if after.kind != "body":
            assert not (after.domains or after.partners or after.evidence)


#: The properties of a text, by name.
OF_TEXT: Mapping[str, Callable[[str], None]] = {
    "text": check_text,
    "page": check_page,
    "mentions": check_mentions,
    "repair": check_repair,
}
#: The names of files whose bytes may be anything.
FILES = (
    "a.txt", "a.html", "a.jsonl", "a.csv", "a.parquet", "a.txt.gz", "a.jsonl.gz", "a.csv.gz", "a.txt.zst", "a.jsonl.zst", "a.csv.zst",
)  # fmt: skip

if sys.flags.optimize:
    raise SystemExit("asserts are what is checked here: run Python without -O")
