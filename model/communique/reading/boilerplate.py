"""Tell the paragraphs of the article from what the page put around them.

The rules are the codebook's ("What is not a paragraph of the article"); their words stand in `boilerplate.tsv`:
`tail` opens the list of other articles at the end, `site` is a line of the page, `caption` belongs to a picture
(`verbless`: where no auxiliary verb stands in it), `agency` is a signature. A pattern that has `hints`, pieces of text in
lower case with a space between, is tried only where one of them is met: patterns that look all through a text cost more
than all others.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate

from communique.records import Kind

#: A paragraph that goes on for so many words behind a credit is body: "… Photo: VNA Vientiane (VNA) – Le dialogue …".
_BODY_AFTER_CREDIT = 9
#: A line this short without a full stop is a subhead, a byline or a teaser's title.
_HEADLINE_WORDS = 22
#: Teasers are shorter than this; paragraphs of an article often are not.
_PROSE_WORDS = 38
#: So many blocks in a row that are sentences, none shorter than this, are no teasers: those have headings or pictures between.
_ROW, _ROW_WORDS, _ROW_BEGINS = 3, 20, 3
_CAPTION_WORDS = 60
#: A credit begins in so many of a caption's last characters.
_CREDIT = 90
#: No line of a page is longer, in characters: a longer one is not held against patterns that look back.
_LINE = 1000
#: No heading of the list of other articles is longer, in characters.
_HEADING = 80
#: A signature lies in so many of a block's last characters.
_SIGNATURE = 80

#: Behind a full stop may stand quotation marks, a footnote's number or star.
_FULL_STOP = re.compile(r"[.!?…;:,](?:[»”\"’')\]\s*†]|\[\d{1,3}\])*$")
#: How an item of a list begins.
BULLET = r"(?:[-–—•*·▪►✓✔✅→➔➢➤‣●○■□◆]|[+_]\s|\(?\d{1,2}[.)](?:\s|(?=[^\W\d_]))|[IVX]{1,4}[.)]\s|\(?[a-z]\)\s)"
_BULLET = re.compile(BULLET + r"\s*\S")
#: Behind the last full stop, unless an abbreviation ends in it ("Prof."): "(NAN)", "Thu Hang", "AKS/OID", "/Kazinform/". Only
#: where the article ends: elsewhere a line may break behind two capitals.
_SIGN_OFF = re.compile(
    r"(?:(?<=[a-zà-ÿ]{3}[.!?…])(?<!\b[A-Z][a-z]{2}\.)(?<!\b[A-Z][a-z]{3}\.)|(?<=[»”\")\d%][.!?…])|(?<=[.!?…][»”\"]))"
    r"\s*[-–—/]{0,2}\s?(?:\([^()]{2,30}\)|[A-ZÀ-ÝĐ][^\W\d_]*(?:[ /-][A-ZÀ-ÝĐ][^\W\d_]*){0,4}/?)\s*$"
)
_AUXILIARY = re.compile(
    r"\b(a|ont|est|sont|était|étaient|sera|seront|avait|avaient|s'est|has|have|had|was|were|is|are|will|said)\b"
)
_DATE_ONLY = re.compile(
    r"(date\s)?\W*((?-i:[A-Z]{2,8})\W+)?"
    r"((lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\W+)?(le\s)?(\d{1,4}[-/. ](\w{1,9}[-/. ])?\d{1,4}|\d{1,2}(er)?\s\w{3,9}\.?\s\d{4}|\w{3,9}\s\d{1,2},?\s\d{4})"
    r"([\sTà,|–-]*\d{1,2}[:hH]\d{2}(:\d{2})?)?(\s?(gmt|am|pm|utc)\S*)?\W*",
    re.IGNORECASE,
)
_DATELINE_ONLY = re.compile(
    r"[^.!?]{2,40}(\([A-Z/]{2,12}\)|\b(le )?\d{1,2}(er)?\s"
    r"(\w{3,9}|(janv|févr?|avr|juil|sept?|oct|nov|d[ée]c|jan|feb|mar|apr|aug)\.(?=\s[\d(]))"
    r"(\s\d{4})?(\s\([A-Z/]{2,12}\))?)\s*[-–—]*\s*"
)
#: How a line of a page may end: in a full stop only where its pattern says so, since a sentence may begin as a byline does.
_LINE_END = r"[^\w.;!?…]*"
#: What a signature stands behind; few paragraphs have it in their last words.
_BEFORE_SIGNATURE = re.compile(r"[.!?…»”\")]\s*[^\s.]|/|\s[-–—]")
_INITIALS = re.compile(r"\(?[A-Z]{1,8}(\s?[./]\s?[A-Za-zÀ-ÿ]{1,12}){1,4}\.?\)?|[=\-_*\s]{2,}[A-Z./]{0,8}")


@dataclass(frozen=True, slots=True)
class Cut:
    """What a block turned out to be: its kind, how much to cut off its end, and whether the article ends there."""

    kind: Kind
    keep: int  # characters of the block that belong to the paragraph; the rest is a signature glued to its end
    ends_article: bool = False


@dataclass(frozen=True, slots=True)
class _Hinted:
    """A pattern that can match only where one of `hints` is met in the lower-case text."""

    pattern: re.Pattern[str]
    hints: tuple[str, ...]

    def may_match(self, lower: str) -> bool:
        return any(hint in lower for hint in self.hints)


@dataclass(frozen=True, slots=True)
class _Rules:
    tail: re.Pattern[str]
    site_line: re.Pattern[str]
    site_line_hinted: _Hinted
    site_start: re.Pattern[str]
    caption_start: re.Pattern[str]
    caption_inside: _Hinted
    caption_verbless: _Hinted
    caption_end: _Hinted
    credit: re.Pattern[str]
    signature: re.Pattern[str]
    signature_line: re.Pattern[str]


@cache
def _rules() -> _Rules:
    table = files("communique.reading").joinpath("boilerplate.tsv").read_text("utf-8").splitlines()
    patterns: dict[tuple[str, str, bool], list[str]] = {}
    hints: dict[tuple[str, str], dict[str, None]] = {}
    for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
        patterns.setdefault((row["role"], row["match"], bool(row["hints"])), []).append(row["pattern"])
        hints.setdefault((row["role"], row["match"]), {}).update(dict.fromkeys(row["hints"].split()))

    def any_of(role: str, match: str, *, hinted: bool = False) -> str:
        return "|".join(f"(?:{p})" for p in patterns[role, match, hinted])

    def hinted(role: str, match: str, end: str = "") -> _Hinted:
        pattern = re.compile(rf"(?:{any_of(role, match, hinted=True)}){end}", re.IGNORECASE)
        return _Hinted(pattern, tuple(hints[role, match]))

    agencies = f"(?:{any_of('agency', 'word')})"
    # "VNA/CVN", "Hoang Long/VNA", "avec AFP", "MAP et agences"
    reporter = r"(?-i:[A-ZÀ-ÝĐ][^\W\d_]*(?: [A-ZÀ-ÝĐ][^\W\d_]*){0,3}/)"
    signature = (
        rf"(?:(?:avec|with) )?{agencies}(?:\s?/\s?[A-Za-zÀ-ÿ]{{2,12}})*(?: (?:et|and|avec|with) (?:les )?{agencies})?"
    )
    flags = re.IGNORECASE
    return _Rules(
        tail=re.compile(rf"(?:{any_of('tail', 'line')})\W*", flags),
        site_line=re.compile(rf"(?:{any_of('site', 'line')}){_LINE_END}", flags),
        site_line_hinted=hinted("site", "line", _LINE_END),
        site_start=re.compile(any_of("site", "start"), flags),
        caption_start=re.compile(any_of("caption", "start"), flags),
        caption_inside=hinted("caption", "inside"),
        caption_verbless=hinted("caption", "verbless"),
        caption_end=hinted("caption", "end", r"[\s.|]*$"),
        credit=re.compile(r"\(?\b(?:photos?|crédits?|source|ảnh) ?: ?[\w/. -]{2,20}?(?=\)|\s[A-ZÀ-Ý]|$)\)?", flags),
        # Behind the last full stop, with or without a dash: "… de chaque pays. -VNA", "… problèmes…-VNA", "… pays/.". Where
        # the only full stop comes last, the agency is part of the sentence: "… du partenariat UE-ACP.", "… « oui » (TASS)."
        signature=re.compile(
            rf"(?:(?<=[.!?…»”\")/])\s*[-–—]{{1,2}}\s*{reporter}?{signature}|(?<=[.!?…]\s)\(?{reporter}?{signature}\)?"
            rf"|(?<=[^\W\d_A-Z][.!?…])\(?{signature}\)?|(?<=[.!?…»”\")/\w])\s*/\.|(?<=[.!?…])\s*/)[-–—\s.]*$"
            rf"|(?:\s[-–—]{{1,2}}\s*{reporter}?{signature}|(?<=[»”\"]\s)\(?{signature}\)?)\s*$"
        ),
        signature_line=re.compile(
            rf"[-–—(\s]*{signature}[-–—)\s.]*|[-–—(\s]*(?:[A-Z]{{2,6}}/)+(?:[A-Z]{{2,6}}|{agencies})[)\s.]*"
        ),
    )


def classify(blocks: Sequence[str]) -> list[Cut]:
    """Say of each block of an article, in reading order and without its title, what it is.

    Linear in the length of the text. Never empties a block of body: a signature alone is boilerplate.
    """
    rules = _rules()
    rest = _Rest(blocks)
    cuts: list[Cut] = []
    ended = False
    body_seen = False
    following = _plain(blocks[0]) if blocks else ""
    for i, block in enumerate(blocks):
        text, following = following, _plain(blocks[i + 1]) if i + 1 < len(blocks) else ""
        if ended:
            cuts.append(Cut("boilerplate", len(block)))
            continue
        if _is_heading(text, rules):
            # A heading early on opens one teaser among the paragraphs, at the end it opens the list of them.
            ended = body_seen and not rest.goes_on(i + 2)
            cuts.append(Cut("boilerplate", len(block), ended))
            continue
        kept = signed = unsigned(block)
        if (
            kept is block
            and block[-1:] not in ".!?…»"
            and (sign_off := _SIGN_OFF.search(block, max(len(block) - _SIGNATURE, 0)))
        ):
            if not following or is_page_line(following):
                kept = block[: sign_off.start()]
        if _is_page_line(text, rules, following) or _is_headline(text if kept is block else _plain(kept)):
            # "ANTARA/Reuters" behind the lede credits its photo; behind the last paragraph it signs the article.
            ended = body_seen and rules.signature_line.fullmatch(text) is not None and not rest.goes_on(i + 1)
            cuts.append(Cut("boilerplate", len(block), ended))
        else:
            body_seen = True
            ended = signed is not block and not rest.goes_on(i + 1)
            cuts.append(Cut("body", len(kept), ended))
    return cuts


def is_page_line(block: str) -> bool:
    """Whether a block is a link, caption, date, signature or site word, whatever stands around it."""
    text = _plain(block)
    rules = _rules()
    return _is_heading(text, rules) or _is_page_line(text, rules, "")


def unsigned(block: str) -> str:
    """A block without the signature at its end; `block` itself where it has none, or is nothing else."""
    at = max(len(block) - _SIGNATURE, 0)
    signature = _rules().signature.search(block, at) if _BEFORE_SIGNATURE.search(block, at) else None
    return block[: signature.start()] if signature and signature.start() else block


def _plain(block: str) -> str:
    """A block as the patterns write it: the apostrophe of a typewriter, and plain spaces also before a colon."""
    return block.replace("’", "'").replace("\xa0", " ").replace("\u202f", " ").strip()


class _Rest:
    """What the blocks from one on are like, in one go through them from the end, and only if it is asked."""

    def __init__(self, blocks: Sequence[str]) -> None:
        self._blocks = blocks

    def goes_on(self, start: int) -> bool:
        """Whether the article itself seems to go on from `start`: a signature is still to come, or prose is."""
        return start <= self._last_signed or self.is_prose(start) or self._is_row(start)

    def _is_row(self, start: int) -> bool:
        """Whether paragraphs stand in a row, with nothing between them: teasers that are sentences have their titles there."""
        row = 0
        for block in self._blocks[start : start + _ROW + _ROW_BEGINS - 1]:
            row = row + 1 if _is_sentence(block) else 0
            if row == _ROW:
                return True
        return False

    def is_prose(self, start: int) -> bool:
        """Whether most of the blocks, and two at least, are as long as paragraphs and longer than teasers."""
        count = max(len(self._blocks) - start, 0)
        long = self._long[count]
        return long >= 2 and 2 * long >= count

    @cached_property
    def _long(self) -> list[int]:
        """How many are long among the last 0, 1, 2, …"""
        return list(accumulate((len(b.split()) >= _PROSE_WORDS for b in reversed(self._blocks)), initial=0))

    @cached_property
    def _last_signed(self) -> int:
        return next((k for k in range(len(self._blocks) - 1, -1, -1) if self._is_signed(k)), -1)

    def _is_signed(self, k: int) -> bool:
        """Whether a paragraph is signed at its end, or a line of its own signs the paragraph above it."""
        block = self._blocks[k]
        if len(block) <= _SIGNATURE and _rules().signature_line.fullmatch(_plain(block)):
            return k > 0 and _is_sentence(self._blocks[k - 1])
        return unsigned(block) is not block and len(block.split()) > 15


def _is_sentence(block: str) -> bool:
    """Whether a block is as long as the paragraphs of a brief article, and no line of the page."""
    return (
        len(block.split()) >= _ROW_WORDS
        and bool(_FULL_STOP.search(unsigned(block).rstrip()))
        and not is_page_line(block)
    )


def _is_heading(text: str, rules: _Rules) -> bool:
    return len(text) <= _HEADING and rules.tail.fullmatch(text) is not None


def _is_headline(text: str) -> bool:
    return (
        not _FULL_STOP.search(text, max(len(text) - 8, 0))
        and len(text.split()) <= _HEADLINE_WORDS
        and not _BULLET.match(text)
    )


def _is_page_line(text: str, rules: _Rules, following: str) -> bool:
    if not any(map(str.isalpha, text)):
        return True
    if len(text) > _LINE:
        return rules.site_start.match(text) is not None
    words = len(text.split())
    line = text.lstrip("•*-–| →➔➤▶►")
    if rules.site_start.match(line) or rules.signature_line.fullmatch(text) or _INITIALS.fullmatch(text):
        return True
    lower = text.lower() if words <= _CAPTION_WORDS else ""
    if words <= 40:
        hinted = rules.site_line_hinted
        if rules.site_line.fullmatch(line) or (hinted.may_match(lower) and hinted.pattern.fullmatch(line)):
            return True
    if words <= 14 and (_DATE_ONLY.fullmatch(text) or _DATELINE_ONLY.fullmatch(text)):
        return True
    return words <= _CAPTION_WORDS and _is_caption(text, lower, words, rules, following)


def _is_caption(text: str, lower: str, words: int, rules: _Rules, following: str) -> bool:
    credits = list(rules.credit.finditer(text)) if ":" in text else []
    if credits and len(text[credits[-1].end() :].split()) >= _BODY_AFTER_CREDIT:
        return False
    end, inside = rules.caption_end, rules.caption_inside
    if (
        rules.caption_start.match(text)
        or (end.may_match(lower[-_CREDIT:]) and end.pattern.search(text, max(len(text) - _CREDIT, 0)))
        or (inside.may_match(lower) and inside.pattern.search(text))
    ):
        return True
    verbless = rules.caption_verbless
    if verbless.may_match(lower) and verbless.pattern.search(text) and not _AUXILIARY.search(text):
        return True
    # A short line without a verb above a credit of its own: "À Móng Cái, passage frontalier." / "Photo: TT/CVN"
    return words <= 18 and bool(rules.caption_start.match(following)) and not _AUXILIARY.search(text)
