"""A part of an archive, and what comes of it: the unit of work, of order, and of what is never lost."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from communique.batch.formats import Format
from communique.errors import InputError
from communique.labeler import Labeler
from communique.reading.sources import Found, Item, read_item
from communique.reading.tables import ReadOptions
from communique.records import Article, LabeledArticle

#: A part is full with so many items, or so many bytes of them; with fewer where the labeler judges fewer together.
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
    """What came of a part: the bytes of its rows, and the inputs that failed. `ids` are the articles', in order.

    paragraphs: of their bodies. bodiless: articles without any.
    """

    rows: bytes
    failures: tuple[InputError, ...]
    ids: tuple[str, ...]
    paragraphs: int
    bodiless: int = 0


def parts_of(items: Iterable[Found], most: int) -> Iterator[Part]:
    """The items in parts of at most so many: always the same ones for the same items."""
    part: list[Found] = []
    size = 0
    for item in items:
        part.append(item)
        size += _size(item)
        if len(part) >= most or size >= BYTES:
            yield Part(tuple(part))
            part, size = [], 0
    if part:
        yield Part(tuple(part))


def _size(item: Found) -> int:
    data = item.data if isinstance(item, Item) else None
    if data is None or isinstance(data, bytes):
        return len(data or b"")
    return sum(len(value) for value in data.values() if isinstance(value, str))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles: records hold none, and the search among them takes a fifteenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_uncollected()
def label_part(labeler: Labeler, part: Part, job: Job) -> Labelled:
    """Read, label and encode a part. An article that cannot be labelled is a failure like one that cannot be read."""
    labelled: list[LabeledArticle] = []
    failures: list[InputError] = []
    for start in range(0, len(part.items), labeler.batch):
        items = part.items[start : start + labeler.batch]
        found = [read_item(item, job.read) for item in items]
        results = label_each(labeler, [a for a in found if isinstance(a, Article)])
        for item, article in zip(items, found, strict=True):
            result = next(results) if isinstance(article, Article) else article
            if isinstance(result, LabeledArticle):
                labelled.append(result)
            elif isinstance(item, Item):
                failures.append(InputError(result.reason, path=item.path, line=item.line, name=item.name))
            else:
                failures.append(item)
    bodies = [len(article.body) for article in labelled]
    return Labelled(
        job.format.encode(labelled, keep_boilerplate=job.keep_boilerplate),
        tuple(failures),
        tuple(article.id for article in labelled),
        sum(bodies),
        bodies.count(0),
    )


def label_each(labeler: Labeler, articles: Sequence[Article]) -> Iterator[LabeledArticle | InputError]:
    """Label a batch; an article that the labeler fails on costs no other."""
    try:
        yield from list(labeler.label(articles))  # all of them, or none
        return
    except Exception:  # a fault of ours: one by one
        pass
    for article in articles:
        try:
            yield labeler.label_all([article])[0]
        except Exception as error:
            yield InputError(
                f"internal error on this article ({type(error).__name__}: {error}); please report it with the article"
            )


def joined(results: Sequence[Labelled]) -> Labelled:
    """What came of the pieces of a part, as one."""
    return Labelled(
        b"".join(r.rows for r in results),
        tuple(f for r in results for f in r.failures),
        tuple(id for r in results for id in r.ids),
        sum(r.paragraphs for r in results),
        sum(r.bodiless for r in results),
    )


def lost(part: Part) -> Labelled:
    """What came of a part on which workers die: failures."""
    reason = "a worker died on this article (out of memory?); leave it out, or label it alone"
    failures = tuple(InputError(reason, path=item.path, line=item.line, name=item.name) for item in part.items)
    return Labelled(b"", failures, (), 0)
