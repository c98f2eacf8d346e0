"""Read coded articles, the format of gold and training data, and refuse what the codebook does not allow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from communique.codebook import DEFAULT_HOME, DOMAINS, check_home, checked_partners, ordered_domains
from communique.errors import CodebookError, FaultsError, InputError
from communique.records import CodedArticle, CodedParagraph, Coding

_LABELS = ("domains", "partners", "named")
_STRINGS = ("title", "home", "lang", "date", "source", "text")


def read_coded(paths: Iterable[Path | str], *, domains: Sequence[str] | None = DOMAINS) -> list[CodedArticle]:
    """All coded articles of `paths`: JSONL files, or folders of them (in the order of their names).

    `domains` are the labels that are allowed; None: any.

    Raises `FaultsError` with every fault of every line (broken JSON, unknown code, label on boilerplate, duplicate id, …), and
    `InputError` where there is nothing to read.
    """
    paths = list(paths)
    articles: list[CodedArticle] = []
    faults: list[InputError] = []
    seen: dict[str, str] = {}
    for file in coded_files(paths):
        for number, row, reasons in _read_file(file, domains):
            id = row.get("id") if isinstance(row, Mapping) else None
            if isinstance(id, str):
                if id in seen:
                    reasons = [*reasons, f"duplicate id {id!r}, first at {seen[id]}; expected one line an article"]
                seen.setdefault(id, f"{file}:{number}")
            faults += [InputError(reason, path=file, line=number) for reason in reasons]
            if not reasons:
                articles.append(_article(row, domains))
    if faults:
        raise FaultsError(faults)
    if not articles:
        raise InputError("expected coded articles, one JSON object a line, found none", path=", ".join(map(str, paths)))
    return articles


def coded_files(paths: Iterable[Path | str]) -> list[Path]:
    """The files that `read_coded` reads. Raises `InputError` where one is missing, or a folder has none."""
    return [file for path in paths for file in _files(Path(path))]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(path.rglob("*.jsonl"))
        if not files:
            raise InputError("expected a folder with .jsonl files of coded articles, found none", path=path)
        return files
    if not path.exists():
        raise InputError("no such file or folder", path=path)
    return [path]


def _read_file(path: Path, domains: Sequence[str] | None) -> Iterator[tuple[int, Any, list[str]]]:
    """The number of each line that is not blank, what it holds, and what is wrong with it."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, None, [f"broken JSON ({error}); expected one coded article a line"]
            else:
                yield number, row, list(_faults(row, domains))


def _faults(row: Any, domains: Sequence[str] | None) -> Iterator[str]:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        yield 'expected a coded article: {"id", "title", "paragraphs": [{"text", "kind", "domains", …}]}'
        return
    for name in _STRINGS:
        if not isinstance(row.get(name), str | None):
            yield f"expected {name!r} as a string, got {row[name]!r}"
    home = row.get("home") or DEFAULT_HOME
    if isinstance(home, str):
        try:
            check_home(home)
        except CodebookError as error:
            yield str(error)
    paragraphs = row.get("paragraphs")
    if not isinstance(paragraphs, list) or not paragraphs:
        yield 'expected "paragraphs" as a list of coded paragraphs, at least one'
        return
    for index, paragraph in enumerate(paragraphs):
        for fault in _paragraph_faults(paragraph, home, domains):
            yield f"paragraph {index}: {fault}"


def _paragraph_faults(row: Any, home: str, domains: Sequence[str] | None) -> Iterator[str]:
    if not isinstance(row, Mapping) or not isinstance(row.get("text"), str):
        yield 'expected {"text", "kind", "domains", "partners", "named"}'
        return
    if not row["text"].strip():
        yield "expected the text of the paragraph, got none"
    kind = row.get("kind", "body")
    if kind not in ("body", "boilerplate"):
        yield f"expected kind body or boilerplate, got {kind!r}"
    labels = {name: [] if row.get(name) is None else row[name] for name in _LABELS}
    wrong = [name for name, value in labels.items() if not _is_list_of_strings(value)]
    if wrong:
        yield from (f"expected {name!r} as a list of strings, got {labels[name]!r}" for name in wrong)
        return
    if kind == "boilerplate" and any(labels.values()):
        yield "boilerplate carries no labels"
    # One at a time: each check stops at the first that it does not know.
    for domain in dict.fromkeys(labels["domains"]):
        try:
            ordered_domains([domain], domains=domains)
        except CodebookError as error:
            yield str(error)
    for code in dict.fromkeys(labels["partners"] + labels["named"]):
        try:
            checked_partners([code])
        except CodebookError as error:
            yield str(error)
    if home in labels["partners"]:
        yield f"the home country {home} is never a partner"
    for code in dict.fromkeys(labels["named"]):
        if code not in labels["partners"]:
            yield f"{code} is named but no partner"


def _is_list_of_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _article(row: Mapping[str, Any], domains: Sequence[str] | None) -> CodedArticle:
    """The record of a row without faults."""
    return CodedArticle(
        id=row["id"],
        title=row.get("title"),
        paragraphs=tuple(_paragraph(p, domains) for p in row["paragraphs"]),
        home=row.get("home") or DEFAULT_HOME,
        lang=row.get("lang"),
        date=row.get("date"),
        source=row.get("source"),
        text=row.get("text"),
    )


def _paragraph(row: Mapping[str, Any], domains: Sequence[str] | None) -> CodedParagraph:
    labels = {name: row.get(name) or () for name in _LABELS}
    coding = Coding(
        ordered_domains(labels["domains"], domains=domains),
        checked_partners(labels["partners"]),
        checked_partners(labels["named"]),
    )
    return CodedParagraph(row["text"], row.get("kind", "body"), coding)
