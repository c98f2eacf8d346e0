"""Compile the gazetteer's editable tables into what the package ships.

`python -m communique.training.gazetteer data/gazetteer` after each change of a table. Names come from CLDR (through
Babel) and from the tables; adjectives, people, capitals, seats, institutions, regions, prefixes from the tables alone.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from communique.codebook import BODIES, COUNTRIES
from communique.errors import CommuniqueError, MissingExtraError
from communique.mentions.gazetteer import COMPILED, Entry, Guard, fold
from communique.reading.repair import KNOWN_WORDS, is_known

_FORMS = ("name", "adjective", "capital", "seat", "institution", "region", "prefix")
_LANGUAGES = ("fr", "en")


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a tab-separated table with a header; cells are taken as they stand, quotes too."""
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)


def entries(folder: Path) -> list[Entry]:
    """All entries of the gazetteer, one for each folded form, language and code. Raises on a fault in a table."""
    found: dict[tuple[str, str, str, bool], Entry] = {}

    def add(surface: str, lang: str, code: str, form: str) -> None:
        for spelling in _spellings(surface):
            # "Argentine" the name and "argentine" the adjective are two entries of one folded form.
            key = fold(spelling).strip(), lang, code, spelling.islower()
            if key[0] and key not in found:
                found[key] = Entry(spelling, lang, code, form)

    for name in ("countries.fr.tsv", "countries.en.tsv", "bodies.tsv"):
        for row in rows(folder / name):
            if row["code"] not in COUNTRIES and row["code"] not in BODIES:
                raise CommuniqueError(f"{folder / name}: unknown code {row['code']!r}")
            if row["form"] not in _FORMS or row["lang"] not in _LANGUAGES:
                raise CommuniqueError(f"{folder / name}: unknown form or language in {row}")
            for surface in row["surfaces"].split("|"):
                add(surface, row["lang"], row["code"], row["form"])
    for surface, lang, code in _cldr():
        add(surface, lang, code, "name")
    for row in rows(folder / "homographs.tsv"):
        if row["code"] == "-":
            for lang in _LANGUAGES:
                add(row["form"], lang, "-", "none")
    return sorted(found.values(), key=lambda e: (e.surface, e.lang, e.code, e.form))


def guards(folder: Path) -> list[Guard]:
    """The guards of homographs, from `homographs.tsv`."""
    return [
        Guard(
            spelling,
            row["not_before"],
            row["not_after"],
            row["need_before"],
            row["need_after"],
            row["also"],
        )
        for row in rows(folder / "homographs.tsv")
        if row["code"] != "-"
        for spelling in _spellings(row["form"])
    ]


def cues(folder: Path) -> list[tuple[str, str, str]]:
    """Cue words as (type, name, form), from `cues.tsv`."""
    return sorted(
        {
            (row["type"], row["name"], spelling)
            for row in rows(folder / "cues.tsv")
            for form in row["forms"].split("|")
            for spelling in _spellings(form)
        }
    )


def _spellings(form: str) -> set[str]:
    """A form as the table has it, and without ligatures, which no folding of letter for letter parts: "manoeuvres"."""
    return {form, form.replace("œ", "oe").replace("Œ", "Oe")}


def compile_tables(folder: Path) -> bytes:
    """The compiled gazetteer: tab-separated lines, gzipped, the same bytes for the same tables."""
    lines = [f"entry\t{e.surface}\t{e.lang}\t{e.code}\t{e.form}" for e in entries(folder)]
    lines += [
        "guard\t" + "\t".join((g.surface, g.not_before, g.not_after, g.need_before, g.need_after, g.also))
        for g in guards(folder)
    ]
    lines += [f"cue\t{type}\t{name}\t{form}" for type, name, form in cues(folder)]
    return gzip.compress(("\n".join(lines) + "\n").encode("utf-8"), mtime=0)


def _cldr() -> Iterator[tuple[str, str, str]]:
    try:
        from babel import Locale
        from babel.core import get_global
    except ImportError as error:
        raise MissingExtraError("compiling the gazetteer", "dev") from error
    alpha3 = {
        codes[0]: a3 for a3, codes in get_global("territory_aliases").items() if a3 in COUNTRIES and len(codes) == 1
    }
    alpha3["XK"] = "XKX"
    for lang in _LANGUAGES:
        for alpha2, name in Locale(lang).territories.items():
            if (code := alpha3.get(alpha2)) and "(" not in name:
                yield name.replace("’", "'"), lang, code


def known_words(folder: Path) -> str:
    """The words of the gazetteer that the lexicon lacks ("malawien"), one a line: repair must not part them."""
    words = {
        word
        for entry in entries(folder)
        for word in re.findall(r"[^\W\d_]{4,}", entry.surface.lower())
        if not is_known(word)
    }
    return "\n".join(sorted(words)) + "\n"


def main() -> None:
    """Write the compiled tables into the package."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/gazetteer")
    package = Path(__file__).parents[1]
    (package / "mentions" / COMPILED).write_bytes(compile_tables(folder))
    (package / "reading" / KNOWN_WORDS).write_text(known_words(folder), encoding="utf-8")


if __name__ == "__main__":
    main()
