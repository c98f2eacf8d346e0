"""Labelled output in numbers: a stream of rows becomes counts by month, domain and partner, and these DataFrames.

An article stands in one month, so that counts of articles add up over months, as those of paragraphs do; over domains
and partners neither do, since a paragraph can have several. So "any domain" and "any partner" are counted in cells of
their own, and every figure is a sum over months, and exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, get_args

from communique.codebook import label_set
from communique.dates import month_of
from communique.errors import CommuniqueError, MissingExtraError
from communique.records import LabeledArticle, LabeledParagraph
from communique.report.rows import Row, read_rows
from communique.report.sample import Reservoir

if TYPE_CHECKING:
    import pandas

K = TypeVar("K", bound=Hashable)

Unit: TypeAlias = Literal["paragraphs", "articles"]

#: Stands for whatever domain or partner, also for none.
ANY = "*"

#: The domain of paragraphs that have none.
NO_DOMAIN = "none"

#: Paragraphs kept to be read, of those to review and of the others.
EXCERPTS = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """What is counted together. `month` is "2021-12", a mere year where no more is known, or "" for no ISO 8601 date."""

    month: str
    domain: str
    partner: str


@dataclass(frozen=True, slots=True)
class Count:
    """Body paragraphs, the articles they stand in, and how many of the paragraphs are to be reviewed."""

    paragraphs: int = 0
    articles: int = 0
    review: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.paragraphs + other.paragraphs, self.articles + other.articles, self.review + other.review)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A paragraph to read, and where it stands."""

    article: str
    title: str | None
    date: str | None
    paragraph: LabeledParagraph


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of labelled output. The DataFrames need pandas, and raise `MissingExtraError` where it is not installed.

    domains: those of the model, in its order. models: who labelled. cells: the counts; `ANY` stands for all domains or
    partners. flagged, others: paragraphs to read, in the order of the input: all of them where there were few enough, else
    a sample.
    """

    domains: tuple[str, ...]
    models: tuple[str, ...]
    cells: Mapping[Cell, Count]
    flagged: tuple[Excerpt, ...] = ()
    others: tuple[Excerpt, ...] = ()

    @property
    def total(self) -> Count:
        """The count of everything."""
        return sum((count for cell, count in self.cells.items() if (cell.domain, cell.partner) == (ANY, ANY)), Count())

    @property
    def partners(self) -> tuple[str, ...]:
        """The codes of all partners, those of most paragraphs first."""
        counts = self._summed(lambda cell: cell.partner if cell.domain == ANY and cell.partner != ANY else None)
        return tuple(sorted(counts, key=lambda code: (-counts[code].paragraphs, code)))

    def by_domain(self) -> pandas.DataFrame:
        """One line a domain, `none` at the end. Columns: domain, paragraphs, articles, review."""
        counts = self._summed(lambda cell: cell.domain if cell.partner == ANY and cell.domain != ANY else None)
        return _frame(("domain",), {(d,): counts.get(d, Count()) for d in (*self.domains, NO_DOMAIN)})

    def by_partner(self) -> pandas.DataFrame:
        """One line a partner, those of most paragraphs first. Columns: partner, paragraphs, articles, review."""
        counts = self._summed(lambda cell: cell.partner if cell.domain == ANY else None)
        return _frame(("partner",), {(code,): counts[code] for code in self.partners})

    def by_pair(self) -> pandas.DataFrame:
        """One line a partner and domain that occur together. Columns: partner, domain, paragraphs, articles, review."""
        counts = self._summed(
            lambda cell: (cell.partner, cell.domain) if ANY not in (cell.partner, cell.domain) else None
        )
        order = ((code, domain) for code in self.partners for domain in (*self.domains, NO_DOMAIN))
        return _frame(("partner", "domain"), {pair: counts[pair] for pair in order if pair in counts})

    def matrix(self, unit: Unit = "paragraphs") -> pandas.DataFrame:
        """Partners × domains, in the order of `partners` and `domains`, `none` at the end; cells count `unit`."""
        if unit not in get_args(Unit):
            raise CommuniqueError(f"expected one of {', '.join(get_args(Unit))}, got {unit!r}")
        wide = self.by_pair().pivot(index="partner", columns="domain", values=unit)
        columns = [*self.domains, NO_DOMAIN]
        return wide.reindex(index=list(self.partners), columns=columns).fillna(0).astype("int64")

    def by_month(self) -> pandas.DataFrame:
        """The time line: one line a month and domain that occur, without undated paragraphs and those of a mere year.

        Columns: month ("2021-12"), domain, paragraphs, articles, review.
        """
        counts = self._summed(
            lambda cell: (
                (cell.month, cell.domain)
                if cell.partner == ANY and cell.domain != ANY and len(cell.month) == 7
                else None
            )
        )
        place = (*self.domains, NO_DOMAIN).index
        ordered = sorted(counts, key=lambda key: (key[0], place(key[1])))
        return _frame(("month", "domain"), {key: counts[key] for key in ordered})

    def by_year(self) -> pandas.DataFrame:
        """Partners over the years, without undated paragraphs. Columns: year, partner, paragraphs, articles, review."""
        counts = self._summed(
            lambda cell: (
                (cell.month[:4], cell.partner) if cell.domain == ANY and cell.partner != ANY and cell.month else None
            )
        )
        place = {code: k for k, code in enumerate(self.partners)}
        ordered = sorted(counts, key=lambda key: (key[0], place[key[1]]))
        return _frame(("year", "partner"), {key: counts[key] for key in ordered})

    def review(self) -> pandas.DataFrame:
        """How much is to be reviewed, one line a year ("" for no date). Columns: year, paragraphs, articles, review, share."""
        counts = self._summed(lambda cell: cell.month[:4] if (cell.domain, cell.partner) == (ANY, ANY) else None)
        frame = _frame(("year",), {(year,): counts[year] for year in sorted(counts)})
        return frame.assign(share=frame["review"] / frame["paragraphs"])

    def frames(self) -> dict[str, pandas.DataFrame]:
        """All tables by name."""
        return {
            "domains": self.by_domain(),
            "partners": self.by_partner(),
            "pairs": self.by_pair(),
            "matrix": self.matrix().reset_index(),
            "months": self.by_month(),
            "years": self.by_year(),
            "review": self.review(),
        }

    def _summed(self, key: Callable[[Cell], K | None]) -> dict[K, Count]:
        """The counts of the cells of each key; cells whose key is None are left out."""
        found: dict[K, Count] = {}
        for cell, count in self.cells.items():
            if (place := key(cell)) is not None:
                found[place] = found[place] + count if place in found else count
        return found


def summarize(labels: str | Path | Iterable[LabeledArticle]) -> Summary:
    """Count a file that `communique predict` wrote, or labelled articles, in one pass and bounded memory.

    Boilerplate is not counted; a date that is not ISO 8601 ("18/11/2025") counts as none. Rows of one article stand
    together, as they are written. Raises `InputError` where a file is
    missing or damaged, or its rows are no labels.
    """
    counter = _Counter()
    for rows in _articles(labels):
        counter.add(rows)
    return counter.summary()


def _articles(labels: str | Path | Iterable[LabeledArticle]) -> Iterator[Sequence[Row]]:
    """The body rows of each article."""
    if not isinstance(labels, (str, Path)):
        yield from (list(article.rows()) for article in labels)
        return
    rows: list[Row] = []
    for row in read_rows(Path(labels)):
        if row["kind"] != "body":
            continue
        if rows and (row["article"] != rows[-1]["article"] or row["paragraph"] <= rows[-1]["paragraph"]):
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


class _Counter:
    """What is counted so far: paragraphs, articles, paragraphs to review, by month, domain and partner."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        self._labels: set[str] = set()
        self._models: dict[str, None] = {}
        self._flagged: Reservoir[Row] = Reservoir(EXCERPTS)
        self._others: Reservoir[Row] = Reservoir(EXCERPTS)

    def add(self, rows: Sequence[Row]) -> None:
        """Count an article."""
        seen: set[tuple[str, str, str]] = set()
        for row in rows:
            month = month_of(row["date"])
            for domain in (ANY, *(row["domains"] or (NO_DOMAIN,))):
                for partner in (ANY, *row["partners"]):
                    key = (month, domain, partner)
                    count = self._cells[key]
                    count[0] += 1
                    count[1] += key not in seen
                    count[2] += row["review"]
                    seen.add(key)
            self._labels.update(row["domains"], dict(row["domain_scores"]))
            self._models[row["model"]] = None
            (self._flagged if row["review"] else self._others).add(row)

    def summary(self) -> Summary:
        return Summary(
            domains=label_set(self._labels),
            models=tuple(self._models),
            cells=MappingProxyType({Cell(*key): Count(*count) for key, count in self._cells.items()}),
            flagged=_excerpts(self._flagged),
            others=_excerpts(self._others),
        )


def _excerpts(rows: Reservoir[Row]) -> tuple[Excerpt, ...]:
    return tuple(
        Excerpt(row["article"], row["title"], row["date"], LabeledParagraph.of_row(row)) for row in rows.items()
    )


def _frame(names: tuple[str, ...], counts: Mapping[tuple[str, ...], Count]) -> pandas.DataFrame:
    """A table of counts by the key columns `names`."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("a table of counts", "report") from error
    keys = {name: [key[k] for key in counts] for k, name in enumerate(names)}
    values = {
        name: [getattr(count, name) for count in counts.values()] for name in ("paragraphs", "articles", "review")
    }
    return pd.DataFrame(
        {
            **{k: pd.Series(v, dtype="str") for k, v in keys.items()},
            **{k: pd.Series(v, dtype="int64") for k, v in values.items()},
        }
    )
