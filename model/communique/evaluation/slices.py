"""Part the paragraphs by what is known of them: an average hides where a model is weak."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from communique.dates import year_of
from communique.evaluation.align import Pair
from communique.reading.repair import mend_encoding, part_words
from communique.records import CodedArticle, MappedText

_SHORT, _LONG = 25, 60  # words


def slices_of(pairs: Sequence[Pair], articles: Iterable[CodedArticle]) -> Iterator[tuple[str, str, list[Pair]]]:
    """By what, the value, and its paragraphs; values in the order of the alphabet.

    What nothing is known of is in no slice, and what is the same of all paragraphs gives none.
    """
    by_id = {article.id: article for article in articles}
    for by, key in _KEYS.items():
        parts: dict[str | None, list[Pair]] = {}
        for pair in pairs:
            parts.setdefault(key(pair, by_id[pair.article]), []).append(pair)
        if len(parts) > 1:
            yield from ((by, value, parts[value]) for value in sorted(v for v in parts if v is not None))


def _year(pair: Pair, article: CodedArticle) -> str | None:
    return year_of(article.date) or None


def _home(pair: Pair, article: CodedArticle) -> str | None:
    return article.home


def outlet_of(article: CodedArticle) -> str | None:
    """The host of an article's source: "https://www.lecourrier.vn/…" is of lecourrier.vn; None where it is no address."""
    try:
        host = urlsplit(article.source or "").hostname
    except ValueError:  # no address
        return None
    return host.removeprefix("www.").rstrip(".") if host else None


def _outlet(pair: Pair, article: CodedArticle) -> str | None:
    return outlet_of(article)


def _language(pair: Pair, article: CodedArticle) -> str | None:
    return article.lang


def _length(pair: Pair, article: CodedArticle) -> str | None:
    n = len(pair.text.split())
    return f"1–{_SHORT}" if n <= _SHORT else f"{_SHORT + 1}–{_LONG}" if n <= _LONG else f"{_LONG + 1} and more"


def _text(pair: Pair, article: CodedArticle) -> str | None:
    """Whether the words came whole, or reading them takes a repair: glued words parted, broken characters mended."""
    return "clean" if part_words(mend_encoding(MappedText.of(pair.text))).text == pair.text else "glued"


_KEYS: Mapping[str, Callable[[Pair, CodedArticle], str | None]] = {
    "year": _year,
    "home": _home,
    "outlet": _outlet,
    "language": _language,
    "length": _length,
    "text": _text,
}
