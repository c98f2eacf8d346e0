"""Read coded articles, the format of gold and training data, and refuse what the codebook does not allow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from communique.codebook import DEFAULT_HOME, DOMAINS, check_home, checked_partners, ordered_domains
from communique.errors import CodebookError, InputError
from communique.records import CodedArticle, CodedParagraph, Coding


def read_coded(paths: Iterable[Path | str], *, domains: Sequence[str] | None = DOMAINS) -> list[CodedArticle]:
    """All coded articles of `paths`: JSONL files, or folders of them (in the order of their names).

    `domains` are the labels that are allowed; None: any.

    Raises `InputError` at the first fault (broken line, unknown code, label on boilerplate, duplicate id), naming its line.
    """
    articles: list[CodedArticle] = []
    seen: dict[str, str] = {}
    for path in paths:
        for file in _files(Path(path)):
            for number, article in _read_file(file, domains):
                where = f"{file}:{number}"
                if article.id in seen:
                    raise InputError(
                        f"duplicate id {article.id!r}, first at {seen[article.id]}", path=file, line=number
                    )
                seen[article.id] = where
                articles.append(article)
    return articles


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(path.rglob("*.jsonl"))
        if not files:
            raise InputError("expected a folder with .jsonl files of coded articles, found none", path=path)
        return files
    if not path.exists():
        raise InputError("no such file or folder", path=path)
    return [path]


def _read_file(path: Path, domains: Sequence[str] | None) -> Iterator[tuple[int, CodedArticle]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                yield number, coded_article(json.loads(line), domains=domains)
            except (CodebookError, InputError) as error:
                reason = error.reason if isinstance(error, InputError) else str(error)
                raise InputError(reason, path=path, line=number) from error
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"broken JSON ({error}); expected one coded article a line", path=path, line=number
                ) from error


def coded_article(row: Mapping[str, Any], *, domains: Sequence[str] | None = DOMAINS) -> CodedArticle:
    """The record of one coded article. Raises `InputError` or `CodebookError` on a fault in it."""
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        raise InputError('expected a coded article: {"id", "title", "paragraphs": [{"text", "kind", "domains", …}]}')
    paragraphs = row.get("paragraphs")
    if not isinstance(paragraphs, list) or not paragraphs:
        raise InputError('expected "paragraphs" as a list of coded paragraphs')
    home = check_home(row.get("home") or DEFAULT_HOME)
    return CodedArticle(
        id=row["id"],
        title=row.get("title"),
        paragraphs=tuple(_paragraph(p, i, home, domains) for i, p in enumerate(paragraphs)),
        home=home,
        lang=row.get("lang") or "fr",
        date=row.get("date"),
        source=row.get("source"),
        text=row.get("text"),
    )


def _paragraph(row: Any, index: int, home: str, domains: Sequence[str] | None) -> CodedParagraph:
    if not isinstance(row, Mapping) or not isinstance(row.get("text"), str):
        raise InputError(f'paragraph {index}: expected {{"text", "kind", "domains", "partners", "named"}}')
    kind = row.get("kind", "body")
    if kind not in ("body", "boilerplate"):
        raise InputError(f"paragraph {index}: expected kind body or boilerplate, got {kind!r}")
    labels = {name: row.get(name) or [] for name in ("domains", "partners", "named")}
    for name, value in labels.items():
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise InputError(f"paragraph {index}: expected {name!r} as a list of strings, got {value!r}")
    try:
        coding = Coding(
            ordered_domains(labels["domains"], domains=domains),
            checked_partners(labels["partners"]),
            checked_partners(labels["named"]),
        )
    except CodebookError as error:
        raise CodebookError(f"paragraph {index}: {error}") from error
    if kind == "boilerplate" and (coding.domains or coding.partners or coding.named):
        raise InputError(f"paragraph {index}: boilerplate carries no labels")
    if home in coding.partners:
        raise CodebookError(f"paragraph {index}: the home country {home} is never a partner")
    if unnamed := set(coding.named) - set(coding.partners):
        raise CodebookError(f"paragraph {index}: {sorted(unnamed)[0]} is named but no partner")
    return CodedParagraph(row["text"], kind, coding)
