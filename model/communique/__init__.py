"""Which fields a country cooperates with others in, and with whom, paragraph by paragraph of a news article."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique.codebook import DEFAULT_HOME
from communique.version import __version__

if TYPE_CHECKING:
    import datasets
    import pandas

    from communique.labeler import Labeler
    from communique.reading.plain import read_text
    from communique.records import Article, LabeledArticle
    from communique.report.summary import Summary

__all__ = [
    "Article", "__version__", "load", "push_to_hub", "read_text", "summary", "to_dataset", "to_pandas",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """`Article` and `read_text`, imported when first asked for: `communique --help` needs neither."""
    if name == "Article":
        from communique.records import Article

        return Article
    if name == "read_text":
        from communique.reading.plain import read_text

        return read_text
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(model: str | Path | None = None, *, home: str = DEFAULT_HOME) -> Labeler:
    """The labeler of a model: a shipped one by name (None: "accurate"), a folder, or a Hub id; `home` is the country that is tracked.

    Raises `ModelError` where the model is missing or damaged, `CodebookError` where `home` is no ISO alpha-3 code.
    """
    from communique.bundle import load_bundle
    from communique.labeler import Labeler

    return Labeler(load_bundle(model), home=home)


def push_to_hub(folder: str | Path, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
    """Upload a model folder to the Hugging Face Hub as `repo_id` ("org/name") and return its address.

    Raises `ModelError` where the folder is no model, or the Hub refuses it.
    """
    from communique.hub import push_to_hub as push

    return push(folder, repo_id, private=private, token=token)


def summary(labels: str | Path | Iterable[LabeledArticle]) -> Summary:
    """Count what was labelled: an output of `communique predict` (JSON lines or Parquet, any size), or labelled articles.

    Raises `InputError` where a file is missing or its rows are no labels. The tables of the result need
    `pip install "communique[report]"`.
    """
    from communique.report.summary import summarize

    return summarize(labels)


def to_pandas(articles: Iterable[LabeledArticle], *, keep_boilerplate: bool = False) -> pandas.DataFrame:
    """One line a paragraph, in the columns of `communique predict`. Raises `MissingExtraError` without pandas."""
    from communique.tables import pandas_of

    return pandas_of(row for article in articles for row in article.rows(keep_boilerplate=keep_boilerplate))


def to_dataset(articles: Iterable[LabeledArticle], *, keep_boilerplate: bool = False) -> datasets.Dataset:
    """The same as a Hugging Face dataset. Raises `MissingExtraError` without the `datasets` package."""
    from communique.tables import dataset_of

    return dataset_of(row for article in articles for row in article.rows(keep_boilerplate=keep_boilerplate))
