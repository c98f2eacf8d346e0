"""Compile the gazetteer's editable tables into what the package ships.

`python -m communique.training.gazetteer data/gazetteer` after each change of a table. Names come from CLDR (through
Babel) and from the tables; adjectives, people, capitals, seats, institutions, regions, prefixes from the tables alone.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

from communique.codebook import BODIES, COUNTRIES
from communique.errors import CommuniqueError, MissingExtraError
from communique.mentions.gazetteer import COMPILED, Entry, Guard, case_needed, fold
from communique.reading.repair import KNOWN_WORDS, is_known, is_rare

_FORMS = ("name", "adjective", "capital", "seat", "institution", "region", "prefix")
_LANGUAGES = ("fr", "en")


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a tab-separated table with a header; cells are taken as they stand, quotes too."""
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)


def entries(folder: Path) -> list[Entry]:
    """All entries of the gazetteer, one for each folded form, case, language and code. Raises on a fault in a table."""
    found: dict[tuple[str, str, str, int | None], Entry] = {}

    def add(surface: str, lang: str, code: str, form: str) -> None:
        spellings = _spellings(surface)
        if form == "name" and code in COUNTRIES:
            spellings.add(_with_one_capital(surface))
        for spelling in spellings:
            # "Argentine" the name and "argentine" the adjective are two entries of one folded form.
            key = fold(spelling).strip(), lang, code, case_needed(spelling)
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
            for surface in row["forms"].split("|"):
                for lang in _LANGUAGES:
                    add(surface, lang, "-", "none")
    return sorted(found.values(), key=lambda e: (e.surface, e.lang, e.code, e.form))


def guards(folder: Path) -> list[Guard]:
    """The guards of homographs, from `homographs.tsv`."""
    return [
        Guard(
            spelling,
            row["not_as"],
            row["not_before"],
            row["not_after"],
            row["need_before"],
            row["need_after"],
            row["also"],
            row["headline"],
            row["sure_before"],
        )
        for row in rows(folder / "homographs.tsv")
        if row["code"] != "-"
        for form in row["forms"].split("|")
        for spelling in _spellings(form)
    ]


def frames(folder: Path) -> list[tuple[str, str, str]]:
    """Frames as (form, before, after), from `frames.tsv`: the rows of a form that look to one side are one expression."""
    sides: dict[tuple[str, bool, bool], list[tuple[str, str]]] = defaultdict(list)
    for row in rows(folder / "frames.tsv"):
        before, after = row["before"], row["after"]
        for form in row["forms"].split():
            sides[form, bool(before), bool(after)].append((before, after))
    found = []
    for (form, has_before, has_after), pairs in sides.items():
        if has_before and has_after:
            found += [(form, rf"\b(?:{before})$", after) for before, after in pairs]
        elif has_before:
            found.append((form, rf"\b(?:{'|'.join(before for before, _ in pairs)})$", ""))
        else:
            found.append((form, "", "|".join(after for _, after in pairs)))
    return found


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


def _with_one_capital(name: str) -> str:
    """ "Royaume-uni", "Sri lanka": a name as those write it who know of one capital; articles and initials stay ("La Réunion")."""
    head, *rest = re.split(r"(?<=[^\W\d_])(?=[ '-])", name)
    return name if head.isupper() or head in _ARTICLES else head + "".join(rest).lower()


_ARTICLES = frozenset(("La", "Le", "Les", "The"))


def compile_tables(folder: Path) -> bytes:
    """The compiled gazetteer: tab-separated lines, gzipped, the same bytes for the same tables."""
    lines = [f"entry\t{e.surface}\t{e.lang}\t{e.code}\t{e.form}" for e in entries(folder)]
    lines += ["guard\t" + "\t".join(astuple(guard)) for guard in guards(folder)]
    lines += ["frame\t" + "\t".join(frame) for frame in frames(folder)]
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
    """What repair must know of the gazetteer, one word a line: words that the lexicon lacks ("malawien"), names it rarely has.

    It must not part them, and may part them from what they are glued to.
    """
    words = {
        word
        for entry in entries(folder)
        for word in re.findall(r"[^\W\d_]{4,}", entry.surface.lower())
        if not is_known(word) or (word == entry.surface.lower() and is_rare(word))
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
