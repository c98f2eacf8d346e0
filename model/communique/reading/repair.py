"""Mend what a page lost on its way: broken characters, and words glued where a line break was dropped.

Both keep a map back to the raw input, so that a span found in the mended text still points at the words as they came.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files

from communique.records import MappedText

# What UTF-8 looks like when its bytes are read as Latin-1 or Windows-1252: a lead byte with one or two that follow it,
# or "Ã" before a space that was a no-break space ("Ã HanoÃ¯"). Sound text seldom has it, so that ftfy is seldom asked.
_FOLLOWS = "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
# Written so that the engine looks for the lead byte by itself.
_SUSPECT = re.compile(
    f"[\u00c2-\u00f4](?:(?<=[\u00c2-\u00df]){_FOLLOWS}|(?<=[\u00e0-\u00f4]){_FOLLOWS}{{2}}|(?<=[\u00c2\u00c3]) )"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CHUNK = re.compile(r"[^\n\r\v\f\x1c-\x1e\u2028\u2029]{1,1000}(?=\s|$)|[^\n\r\v\f\x1c-\x1e\u2028\u2029]{1,1000}")

_ASCII_WORDS, _SPACES = re.compile(r"([!-~]+)"), re.compile(r"(\s+)")
#: Longer pieces are mended whole: to compare letter by letter takes time with the cube of their length.
_COMPARED = 64

_WORD = re.compile(r"[^\W\d_]+")
_PIECE = re.compile(r"\S+")
_CAMEL = re.compile(r"(?<=[^\W\d_A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ])")

KNOWN_WORDS = "known_words.txt"
_APOSTROPHES = ("'", "’")

#: Words short enough to be found inside others: of the parts of a glued word, those of up to three letters must be here.
_SHORT = frozenset(
    "a à au aux ce ces de des du en est et il ils la le les lui ma mes ne ni non nos on ont ou où par pas peu que qui sa "
    "se ses si son sur un une vu y été the of to in and for on at by is was has its are with his two".split()
)
_DETERMINERS = frozenset(
    "à au aux ce ces cette dans de des du elle en et il ils la le les leur leurs lors par pour sa selon ses son sous sur "
    "un une the of in to".split()
)
#: How usual the first part of a capitalised word must be: "Meettook" and "Bauerfield" are names.
_USUAL_NAME = -5.0
#: How often a word boundary is lost in running text: the prior of a split. Set so that a rare word stays whole.
_GLUE = math.log10(1e-3)
_MAX_WORD = 40
# The lexicon was counted on pages like ours: it has glued words of its own, which are no proof that a word is one. Two words
# of grammar that follow each other ("dela", "ceque", "ofthe"), or an article before a usual noun ("lapolice").
_GRAMMAR = re.compile(
    "(?:de|sur|dans|pour|avec|sous|vers|entre|que|et|mais|dont|après|depuis|contre)(la|cette)"
    "|(?:sur|dans|par|pour|avec|sous|vers|entre|que|et|mais|dont|après|depuis|contre)(les?|une?)"
    "|ce(que|qui)|(?:il|elle)(est)|(?:a|ont|avait|avaient)(été)|(?:of|in|to|for|on|by|with|from|and|at|that)(the)"
    "|(?:has|have|had)(been)|(?:will|would|to|can|must|should)(be)|(?:it|he|she|this)(is|was)"
)
_ARTICLE = re.compile("(?:le|la|les|du|the)(.{5,})")
_JUNK, _USUAL_NOUN = -6.5, -4.3


def without_surrogates(text: str) -> str:
    """Half a pair of surrogates, as broken JSON may hold, is no character: "\ufffd" stands for it, at its place."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def mend_encoding(text: MappedText) -> MappedText:
    """Undo mojibake ("sÃ©curitÃ©" for "sécurité") with ftfy, line by line."""
    if (sound := without_surrogates(text.text)) is not text.text:
        text = replace(text, text=sound)
    if not _SUSPECT.search(text.text):
        return text
    import ftfy

    edits: list[tuple[int, int, str]] = []
    for chunk in _CHUNK.finditer(text.text):
        broken = chunk.group()
        if not _SUSPECT.search(broken):
            continue
        mended = ftfy.fix_encoding(broken)
        if mended != broken:
            edits += _edits(broken, mended, chunk.start())
    return text.edited(edits) if edits else text


def _edits(broken: str, mended: str, at: int) -> Iterator[tuple[int, int, str]]:
    """What turns `broken`, which stands at `at`, into `mended`, in pieces as small as can be told and inside one line."""
    between = _alike(broken, mended, at, _ASCII_WORDS)
    for start, old, new in (word for k, b, m in between for word in _alike(b, m, k, _SPACES)):
        pieces = [(0, len(old), new)]
        if len(old) <= _COMPARED:
            matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
            pieces = [(i, j, new[k:n]) for tag, i, j, k, n in matcher.get_opcodes() if tag != "equal"]
        for i, j, piece in pieces:
            if len(piece) < 2 or len(piece.splitlines()) < 2:
                yield start + i, start + j, piece


def _alike(old: str, new: str, at: int, kept: re.Pattern[str]) -> Iterator[tuple[int, str, str]]:
    """The pieces that differ between what mending left as it is, each with its place; the whole where it left too little."""
    olds, news = kept.split(old), kept.split(new)
    if olds[1::2] != news[1::2]:
        olds, news = [old], [new]
    for before, after in zip(olds, news, strict=True):
        if before != after:
            yield at, before, after
        at += len(before)


def part_words(text: MappedText) -> MappedText:
    """Put back the spaces that lost line breaks took: "desécurité", "auMyanmar", "levice-Premierministre"."""
    cuts = list(_cuts(text.text))
    return text.edited([(at, at, " ") for at in cuts]) if cuts else text


#: What was seen before between two spaces and found sound: most of a text is in here, and a look-up is all it costs.
_sound: set[str] = set()
_MAX_SOUND, _LONGEST_SOUND = 1 << 18, 64


def _cuts(text: str) -> Iterator[int]:
    pieces = text.split()
    if _sound.issuperset(pieces):
        return
    odd: dict[str, list[int]] = {}
    for piece in set(pieces) - _sound:
        if cuts := list(_cuts_inside(piece)):
            odd[piece] = cuts
        elif len(_sound) < _MAX_SOUND and len(piece) <= _LONGEST_SOUND:
            _sound.add(piece)
    if odd:
        for match in _PIECE.finditer(text):
            for cut in odd.get(match.group(), ()):
                yield match.start() + cut


def _cuts_inside(piece: str) -> Iterator[int]:
    for match in _WORD.finditer(piece):
        word = match.group()
        if piece[match.end() : match.end() + 1] in _APOSTROPHES:
            # The last letter belongs to what follows: "proposéd'ouvrir"
            elided = 2 if word.endswith("qu") else 1
            if word.endswith("l") and word[:-1].lower() in _DETERMINERS and piece[match.end() + 1 :][:1].isalpha():
                yield match.end() - 1  # "del'armée"
                continue
            if len(word) > 4 + elided and _log10(word.lower()) < -6.5 and _log10(word[:-elided].lower()) > -6:
                yield match.end() - elided
                continue
        if 3 < len(word) <= _MAX_WORD:
            for cut in split_word(word):
                yield match.start() + cut


@lru_cache(maxsize=1 << 18)
def split_word(word: str) -> tuple[int, ...]:
    """Where to part `word`, as positions inside it; empty for a word to be left whole."""
    lower = word.lower()
    if word.isupper() or _log10(lower) > -5.5 or lower in _known_words():
        return ()
    camel = [m.start() for m in _CAMEL.finditer(word)]
    if camel:
        return _split_camel(word, camel)
    if word[0].isupper():
        return _split_capitalised(word)
    return _split_lower(word)


def _split_camel(word: str, cuts: list[int]) -> tuple[int, ...]:
    # A capital inside a word parts it only behind a plain word: "généralPhung", not "VietnamPlus" or "McCain".
    if _log10(word.lower()) > -6.5:
        return ()
    kept: list[int] = []
    start = 0
    for cut in cuts:
        left = word[start:cut]
        if left.islower() and len(left) > 3 and (inner := split_word(left)):
            kept += [start + at for at in inner] + [cut]
        elif left.lower() in _DETERMINERS or (left.islower() and len(left) > 2 and _log10(left) > -6):
            kept.append(cut)
        elif left[0].isupper() and min(len(left), len(word) - cut) > 4 and _log10(left.lower()) > -4.5:
            if _log10(word[cut:].lower()) > -4.5:  # "PremierMinistre"
                kept.append(cut)
        start = cut
    return tuple(kept)


def _split_capitalised(word: str) -> tuple[int, ...]:
    # A name unknown to the lexicon is not glue ("Gorovoy", "Lamontagne"): both parts must be very usual words.
    lower = word.lower()
    if is_known(lower):
        return ()
    for cut in range(2, len(word)):
        left, right = lower[:cut], lower[cut:]
        if left in _DETERMINERS and len(right) > 5 and _log10(right) > -5:
            return (cut,)
        if len(left) > 3 and (_log10(left) > _USUAL_NAME or left in _known_words()):
            # "Russieet", "Vientianevoudrait": a name and a very usual word
            if right in _SHORT or (len(right) > 3 and _log10(right) > -4.7):
                return (cut,)
    return ()


def _split_lower(word: str) -> tuple[int, ...]:
    """The likeliest split into two or three words of one language, if it is likelier than the word whole."""
    if grammar := _GRAMMAR.fullmatch(word):
        return (grammar.start(grammar.lastindex or 0),)
    if _is_one_word(word):
        return ()
    article = _ARTICLE.fullmatch(word)
    if article and _log10(word) < _JUNK and _log10(article[1]) > _USUAL_NOUN:
        return (article.start(1),)
    cuts: tuple[int, ...] = ()
    best = _log10(word)
    if best <= _UNSEEN:
        best = -6 - 0.6 * len(word)  # the longer an unknown word, the less likely that it is one
    for words in _lexicons():
        for i in range(1, len(word)):
            left = _part(word[:i], words)
            if left is None:
                continue
            right = _part(word[i:], words)
            if right is not None and left + right + _GLUE > best:
                best, cuts = left + right + _GLUE, (i,)
            for j in range(i + 1, len(word)):
                middle = _part(word[i:j], words)
                last = _part(word[j:], words)
                if middle is not None and last is not None and left + middle + last + 2 * _GLUE > best:
                    best, cuts = left + middle + last + 2 * _GLUE, (i, j)
    return cuts


#: An infinitive, without its last "e", with an ending of the future or the conditional.
_FUTURE = re.compile("(.{3,}r)(?:ai|as|a|ons|ez|ont|ais|ait|ions|iez|aient)")
_PREFIXED = re.compile(
    "(?:agri|anti|auto|contre|counter|crypto|cyber|hydro|inter|intra|m[eé]ga|micro|mini|multi|narco|post|pr[eé]|radio|super|"
    "t[eé]l[eé]|trans|ultra)(.{4,})"
)
#: Ships and trades named by what they do: "minehunters". The first part is a noun, and so no very usual word.
_COMPOUND = re.compile("(.{4,})(?:breaker|hunter|keeper|layer|sweeper)s?")
_USUAL_PART = -3.5


def _is_one_word(word: str) -> bool:
    """Whether usual words side by side are yet one word: "patrouilleraient", "cyberpolice"."""
    if (future := _FUTURE.fullmatch(word)) and (is_known(future[1]) or is_known(future[1] + "e")):
        return True
    if prefixed := _PREFIXED.fullmatch(word):
        return is_known(prefixed[1]) and prefixed[1] not in _DETERMINERS
    compound = _COMPOUND.fullmatch(word)
    return compound is not None and _UNSEEN < _log10(compound[1]) < _USUAL_PART


_UNSEEN = -99.0


def _part(part: str, words: dict[str, float]) -> float | None:
    """The log-frequency of a part, or None where it is too rare for its length to be one ("mala" in "malawien")."""
    frequency = words.get(part)
    if frequency is None or (len(part) <= 3 and part not in _SHORT):
        return None
    value = math.log10(frequency)
    return value if value > {1: -3.0, 2: -4.0, 3: -4.5, 4: -4.7, 5: -5.4}.get(len(part), -7.2) else None


def _log10(word: str) -> float:
    french, english = _lexicons()
    frequency = max(french.get(word, 0.0), english.get(word, 0.0))
    return math.log10(frequency) if frequency else _UNSEEN


def is_known(word: str) -> bool:
    """Whether the lexicon has `word` (in lower case)."""
    return any(word in words for words in _lexicons())


def is_rare(word: str) -> bool:
    """Whether the lexicon has `word` (in lower case) too seldom to take it for the first part of a capitalised word."""
    return _log10(word) <= _USUAL_NAME


@cache
def _known_words() -> frozenset[str]:
    """Words and names of the gazetteer that the lexicon lacks or rarely has ("malawien", "hanoi")."""
    return frozenset(files("communique.reading").joinpath(KNOWN_WORDS).read_text("utf-8").split())


@cache
def _lexicons() -> tuple[dict[str, float], dict[str, float]]:
    """Word to frequency (0 to 1), in French and in English, from wordfreq."""
    from wordfreq import get_frequency_dict

    return get_frequency_dict("fr", "best"), get_frequency_dict("en", "best")
