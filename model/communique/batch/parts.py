"""A part of an archive, and what comes of it: the unit of work, of order, and of what is never lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from communique.batch.formats import Format
from communique.errors import InputError
from communique.labeler import BATCH, Labeler
from communique.reading.sources import Found, Item, ReadOptions, read_item
from communique.records import Article, LabeledArticle

#: A part is full with so many items, or so many bytes of them.
ITEMS, BYTES = 256, 4 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with each part: how items are read, and how labels are written."""

    read: ReadOptions
    format: Format
    keep_boilerplate: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Some items, one after the other."""

    items: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """What came of a part: the bytes of its rows, and the inputs that failed. `ids` are the articles', in order."""

    rows: bytes
    failures: tuple[InputError, ...]
    ids: tuple[str, ...]
    paragraphs: int


def parts_of(items: Iterable[Found]) -> Iterator[Part]:
    """The items in parts: always the same ones for the same items."""
    part: list[Found] = []
    size = 0
    for item in items:
        part.append(item)
        size += len(item.data) if isinstance(item, Item) and isinstance(item.data, bytes) else 1
        if len(part) >= ITEMS or size >= BYTES:
            yield Part(tuple(part))
            part, size = [], 0
    if part:
        yield Part(tuple(part))


def label_part(labeler: Labeler, part: Part, job: Job) -> Labelled:
    """Read, label and encode a part. An article that cannot be labelled is a failure like one that cannot be read."""
    labelled: list[LabeledArticle] = []
    failures: list[InputError] = []
    for start in range(0, len(part.items), BATCH):
        items = part.items[start : start + BATCH]
        for found in _labelled(labeler, items, [read_item(item, job.read) for item in items]):
            if isinstance(found, InputError):
                failures.append(found)
            else:
                labelled.append(found)
    return Labelled(
        job.format.encode(labelled, keep_boilerplate=job.keep_boilerplate),
        tuple(failures),
        tuple(article.id for article in labelled),
        sum(len(article.body) for article in labelled),
    )


def joined(results: Sequence[Labelled]) -> Labelled:
    """What came of the pieces of a part, as one."""
    return Labelled(
        b"".join(r.rows for r in results),
        tuple(f for r in results for f in r.failures),
        tuple(id for r in results for id in r.ids),
        sum(r.paragraphs for r in results),
    )


def lost(part: Part) -> Labelled:
    """What came of a part on which workers die: failures."""
    reason = "a worker died on this article (out of memory?); leave it out, or label it alone"
    failures = tuple(InputError(reason, path=item.path, line=item.line) for item in part.items)
    return Labelled(b"", failures, (), 0)


def _labelled(
    labeler: Labeler, items: Sequence[Found], found: Sequence[Article | InputError]
) -> Iterator[LabeledArticle | InputError]:
    articles = [article for article in found if isinstance(article, Article)]
    try:
        results: Iterator[LabeledArticle | InputError] = iter(labeler.label_all(articles))
    except Exception:  # a fault of ours: one by one, so that it costs no other article
        results = (_alone(labeler, item, a) for item, a in zip(items, found, strict=True) if isinstance(a, Article))
    for article in found:
        yield next(results) if isinstance(article, Article) else article


def _alone(labeler: Labeler, item: Found, article: Article) -> LabeledArticle | InputError:
    try:
        return labeler.label_all([article])[0]
    except Exception as error:
        assert isinstance(item, Item)
        reason = f"internal error on this article ({type(error).__name__}: {error}); please report it with the article"
        return InputError(reason, path=item.path, line=item.line)
