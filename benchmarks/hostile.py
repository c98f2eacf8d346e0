"""What input made to be slow costs: CPU time at one size and at twice that, and the most memory.

`python benchmarks/hostile.py [--size 1500000] [--only NAME] [--seconds 120] [--markdown]`. Each input is read and labelled by
the fast model in a process of its own. Time that grows with the square of the input shows as a ratio of 4; the command ends
with 1 where one is above 2.6, or did not end in time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection

from rich.console import Console
from rich.table import Table

import communique
from communique.errors import InputError
from communique.labeler import Labeler
from communique.reading.html import read_html
from communique.reading.sources import article_of_line
from communique.reading.tables import ReadOptions

BODY = (
    "Le ministre de la Défense, le général Phan Van Giang, a reçu lundi à Hanoï son homologue russe Ivan Petrov, avec "
    "lequel il a fait le point des projets en cours entre les deux armées et des exercices prévus cette année en mer."
)
LARGEST_RATIO = 2.6
Maker = Callable[[int], str]


def repeated(unit: str) -> Maker:
    """`unit` again and again, `size` characters in all."""
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def between(before: str, unit: str, after: str) -> Maker:
    return lambda size: before + repeated(unit)(size) + after


def alone_and_inside(make: Maker) -> Maker:
    """The input as the first block of an article, where a title is looked for, and once more inside a paragraph of body."""
    return lambda size: f"{make(size // 2)}\n\n{BODY} l'an\u00adnée {make(size // 2)} {BODY}"


#: Plain texts.
TEXTS: Mapping[str, Maker] = {
    "prose": repeated(f"{BODY}\n\n"),
    "one paragraph of prose": repeated(f"{BODY} "),
    "no space": repeated("abcdefghij"),
    "no space, capitals": repeated("Abcdefghij"),
    "random letters glued": lambda size: "".join(chr(97 + (i * i * 7 + i // 13) % 26) for i in range(size)),
    ">>": repeated(">>"),
    ">> lines": repeated(">>\n"),
    "newlines": between("a", "\n", "b"),
    "spaces": between("a", " ", "b."),
    "spaces and newlines": between("a", " \n", "b."),
    "no-break spaces": between("a", "\xa0", "b."),
    "digits": repeated("1234567890"),
    "dots": between("a", ".", "a"),
    "quotes": repeated("’"),
    "letters and apostrophes": repeated("A'"),
    "letters and hyphens": repeated("A-"),
    "hyphens": between("a", "-", "a"),
    "open brackets": between("a", "(", "a"),
    "brackets": repeated("()"),
    "underscores": between("a", "_", "a"),
    "country": repeated("Hanoï "),
    "countries in a list": repeated("la Russie, le Laos et "),
    "country glued": repeated("Russie"),
    "country glued by signs": repeated("Russie-"),
    "country glued by underscores": repeated("Russie_"),
    "persons and countries": repeated("Ivan Petrov, Russie, "),
    "persons and offices": repeated("ministre de la Défense Ivan Petrov "),
    "capitalised words": repeated("Abc Def "),
    "names of one letter": repeated("A B "),
    "M.": repeated("M. "),
    "datelines": repeated("Hanoï (VNA) - "),
    "datelines, one a line": repeated("Hanoï (VNA) -\n"),
    "dateline and spaces": between("Hanoï (VNA)", " ", "x"),
    "dates of pages": repeated("date 2025-11-18 "),
    "a date and colons": between("2025-11-18 gmt", ":", "é b"),
    "dateline and spaces, one a line": repeated(f"Hanoï (VNA){' ' * 950}x\n"),
    "a date and colons, one a line": repeated(f"2025-11-18 gmt{':' * 950}é b\n"),
    "tags: and colons, one a line": repeated(f"tags:{':' * 950} \na\n"),
    "tags: and colons": between("tags:", ":", " \na"),
    "combining marks": between("e", "\u0301", " b."),
    "combining marks in disorder": between("e", "\u0301\u0323", " b."),
    "letters with marks": repeated("e\u0301"),
    "zero-width": repeated("a\u200b"),
    "zero-width only": between("a", "\u200b", "b"),
    "mojibake": repeated("Ã©"),
    "mojibake in words": repeated("sÃ©curitÃ© "),
    "mojibake, one letter a word": repeated("Ã© "),
    "mojibake without end": repeated("Ã"),
    "mojibake twice over": repeated("ÃƒÂ©"),
    "dotted capital i": repeated("İ "),
    "ligatures": repeated("ﬁ"),
    "right to left": repeated("\u202e\u05d0 "),
    "emoji": repeated("👩\u200d👩\u200d👧 "),
    "surrogates": repeated("\ud83d"),
    "zeros": repeated("\0"),
    "lines in lower case": repeated("abc def\n"),
    "lines that run on": repeated("de la\n"),
    "wrapped lines": repeated("Le vice-ministre de la Défense a reçu mardi à Hanoï une délégation de la\n"),
    "tiny paragraphs": repeated("Oui la.\n\n"),
    "tiny paragraphs, countries": repeated("La Russie.\n"),
    "headings of tails": repeated(f"{BODY} {BODY}\nLire aussi\n"),
    "signatures": repeated(f"{BODY}\nVNA/CVN\n"),
    "signatures and prose": repeated(f"{BODY} {BODY} -VNA\nVoir plus\n"),
    "credits": repeated("Photo : VNA "),
    "credits in lines": repeated("Photo : VNA\n"),
    "elisions": repeated("d' "),
    "elisions glued": repeated("proposéd'"),
    "camel case": repeated("deLa"),
    "glued words": repeated("desécurité "),
    "distinct words": lambda size: " ".join(f"mot{i:x}" for i in range(size // 8)),
    "distinct letters glued": lambda size: " ".join(
        "".join(chr(97 + int(d)) for d in str(i * 7919)) for i in range(size // 9)
    ),
    "distinct names": lambda size: " ".join(f"Ivan Pe{chr(97 + i % 26)}{i:x}," for i in range(size // 14)),
    "html in text": repeated("<div><p>"),
}

#: Web pages.
_P = f"<p>{BODY}</p>"
PAGES: Mapping[str, Maker] = {
    "page": lambda size: f"<html><body><article>{repeated(_P)(size)}",
    "page of tiny paragraphs": lambda size: f"<html><body><article>{repeated('<p>Oui, la Russie.</p>')(size)}",
    "page of bullets": lambda size: f"<html><body><article>{_P}<ul>{repeated('<li>- Oui la</li>')(size)}</ul>{_P}",
    "page in one word": lambda size: f"<html><body><article>{_P}<p>{repeated('abcdefghij')(size)}</p>{_P}",
    "page of breaks": lambda size: f"<html><body><article>{_P}<p>{repeated('a<br>')(size)}</p>{_P}",
    "nested divs": lambda size: f"<html><body>{'<div>' * (size // 5)}{_P}",
    "nested divs, closed": lambda size: f"<html><body>{'<div>' * (size // 11)}{_P}{'</div>' * (size // 11)}",
    "nested spans": lambda size: f"<html><body>{'<span>a ' * (size // 8)}{_P}",
    "nested lists": lambda size: f"<html><body>{'<ul><li>a' * (size // 9)}{_P}",
    "nested tables": lambda size: f"<html><body>{'<table><tr><td>' * (size // 15)}{_P}",
    "nested quotes": lambda size: f"<html><body>{'<blockquote>' * (size // 12)}{_P}",
    "unclosed tags": lambda size: f"<html><body>{_P}{repeated('<a ')(size)}",
    "unclosed attributes": lambda size: f"<html><body>{_P}{repeated('<a b=')(size)}",
    "unclosed quotes": lambda size: f"<html><body>{_P}" + repeated('<a b="')(size),
    "unclosed comments": lambda size: f"<html><body>{_P}{repeated('<!--')(size)}",
    "unclosed declarations": lambda size: f"<html><body>{_P}{repeated('<![')(size)}",
    "unclosed scripts": lambda size: f"<html><body>{_P}{repeated('<script>')(size)}",
    "less-than signs": lambda size: f"<html><body>{_P}<p>{repeated('<')(size)}",
    "ampersands": lambda size: f"<html><body>{_P}<p>{repeated('&')(size)}",
    "entities": lambda size: f"<html><body>{_P}<p>{repeated('&eacute;')(size)}",
    "numbered entities": lambda size: f"<html><body>{_P}<p>{repeated('&#233;')(size)}",
    "a giant number": lambda size: f"<html><body>{_P}<p>&#{repeated('9')(size)};</p>{_P}",
    "a giant attribute": lambda size: f'<html><body><p title="{repeated("a ")(size)}">{BODY}</p>{_P}',
    "many attributes": lambda size: f"<html><body><p {' '.join(f'a{i}=b' for i in range(size // 9))}>{BODY}</p>{_P}",
    "links": lambda size: f"<html><body>{_P}{repeated('<a href=b>Oui</a> ')(size)}{_P}",
    "formatting": lambda size: f"<html><body>{_P}<p>{repeated('<b>a</b><i>b</i> ')(size)}</p>{_P}",
    "titles": lambda size: f"<html><head>{repeated('<title>Oui</title>')(size)}</head><body>{_P}",
    "metadata": lambda size: f"<html><head>{repeated('<meta name=author content=b>')(size)}</head><body>{_P}",
    "JSON in a page": lambda size: (
        f'<html><head><script type="application/ld+json">{repeated("[")(size)}</script></head><body>{_P}'
    ),
    "dates in a page": lambda size: f"<html><body>{_P}<p>{repeated('2025-11-18 ')(size)}</p>{_P}",
}

#: Lines of JSON.
LINES: Mapping[str, Maker] = {
    "nested arrays": lambda size: f'{{"text": "Oui.", "a": {repeated("[")(size)}',
    "nested objects": lambda size: f'{{"text": "Oui.", "a": {repeated(chr(123) + chr(34) + "a" + chr(34) + ":")(size)}',
    "quotes escaped": lambda size: f'{{"text": "[[[[[[[[[[{repeated(chr(92) + chr(34))(size)}',
    "a giant integer": lambda size: f'{{"text": "Oui.", "id": {repeated("9")(size)}}}',
    "a giant fraction": lambda size: f'{{"text": "Oui.", "id": 0.{repeated("9")(size)}}}',
    "a giant key": lambda size: f'{{"{repeated("a")(size)}": 1, "text": "Oui."}}',
    "many keys": lambda size: f'{{{",".join(f"{chr(34)}{i}{chr(34)}:1" for i in range(size // 11))}, "text": "Oui."}}',
    "a giant title": lambda size: f'{{"text": "{BODY}", "title": "{repeated("Russie ")(size)}"}}',
    "a giant id": lambda size: f'{{"text": "{BODY}", "id": "{repeated("Russie ")(size)}"}}',
    "a giant home": lambda size: f'{{"text": "{BODY}", "home": "{repeated("Russie ")(size)}"}}',
    "escapes": lambda size: f'{{"text": "{repeated(chr(92) + "u00e9")(size)}"}}',
    "given paragraphs": lambda size: (
        f'{{"paragraphs": [{",".join([chr(123) + chr(34) + "text" + chr(34) + ":" + chr(34) + "Oui." + chr(34) + chr(125)] * (size // 16))}]}}'
    ),
}


def label_text(labeler: Labeler, text: str) -> None:
    labeler.label(text)


def label_page(labeler: Labeler, page: str) -> None:
    labeler.label(read_html(page))


def label_line(labeler: Labeler, line: str) -> None:
    labeler.label(article_of_line(line.encode(), "line", NO_LIMITS))


NO_LIMITS = ReadOptions()


def cases() -> Iterator[tuple[str, Maker, Callable[[Labeler, str], None]]]:
    for inputs, label in ((TEXTS, label_text), (PAGES, label_page), (LINES, label_line)):
        for name, make in inputs.items():
            yield name, (make if inputs is not TEXTS else alone_and_inside(make)), label


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_500_000, help="characters of the smaller input")
    parser.add_argument("--seconds", type=float, default=120.0, help="what one input may take, in CPU time")
    parser.add_argument("--only", default="", help="inputs whose name has this in it")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    labeler = communique.load("fast")
    labeler.label(f"{BODY}\n\n{BODY} desécurité Ã©")  # whatever is loaded once is there before the clock starts
    rows, slow = [], 0
    for name, make, label in cases():
        if arguments.only not in name:
            continue
        small, large = (measured(labeler, make(k * arguments.size), label, arguments.seconds) for k in (1, 2))
        ratio = large.seconds / max(small.seconds, 0.01) if small.seconds and large.seconds else None
        slow += ratio is None or (ratio > LARGEST_RATIO and large.seconds > 0.5)
        rows.append((name, str(small), str(large), f"{ratio:.1f}" if ratio else "–", f"{large.memory} MB", large.end))
        print(*rows[-1], sep="\t", file=sys.stderr, flush=True)
    show(rows, markdown=arguments.markdown)
    return 1 if slow else 0


class Measured:
    """CPU seconds (None: stopped at the limit), memory in MB beyond the model's, and how it ended."""

    def __init__(self, seconds: float | None, memory: int, end: str) -> None:
        self.seconds, self.memory, self.end = seconds, memory, end

    def __str__(self) -> str:
        return "not in time" if self.seconds is None else f"{self.seconds:.2f} s"


def measured(labeler: Labeler, text: str, label: Callable[[Labeler, str], None], limit: float) -> Measured:
    """Label `text` in a process that is forked, so that each begins with the same memory and none outlives the limit."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(labeler, text, label, int(limit), sender))
    process.start()
    sender.close()
    try:
        found = Measured(*receiver.recv())
    except EOFError:
        process.join()
        found = Measured(None, 0, f"died ({process.exitcode})")
    process.join()
    return found


def _measure(labeler: Labeler, text: str, label: Callable[[Labeler, str], None], limit: int, to: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    spent = before.ru_utime + before.ru_stime
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + limit, int(spent) + limit))
    start, end = time.process_time(), "labelled"
    try:
        label(labeler, text)
    except InputError as error:
        end = f"refused: {error.reason[:60]}"
    except Exception as error:
        end = f"CRASH: {type(error).__name__}: {str(error)[:60]}"
    seconds = time.process_time() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss) // 1024
    to.send((seconds, memory, end))


def show(rows: list[tuple[str, ...]], *, markdown: bool) -> None:
    head = ("input", "time", "at twice the size", "ratio", "memory", "end")
    if markdown:
        for row in (head, ("---",) * len(head), *rows):
            print("|", " | ".join(cell.replace("|", "\\|") for cell in row), "|")
        return
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    Console(width=160).print(table)


if __name__ == "__main__":
    raise SystemExit(main())
