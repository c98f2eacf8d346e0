"""The words of the pages and the names of domains and partners, in English and French."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from communique.codebook import is_partner_code
from communique.errors import CommuniqueError

LANGUAGES = ("en", "fr")


@cache
def strings(lang: str) -> Mapping[str, str]:
    """The words of `strings.tsv` in a language, by key. Raises `CommuniqueError` on a language that it does not have."""
    if lang not in LANGUAGES:
        raise CommuniqueError(f"expected a language of the pages ({', '.join(LANGUAGES)}), got {lang!r}")
    with files("communique.report").joinpath("strings.tsv").open(encoding="utf-8") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return MappingProxyType({row["key"]: row[lang] for row in rows})


def domain_name(domain: str, lang: str) -> str:
    """A domain's name; a domain of one's own is its own name."""
    return strings(lang).get(f"domain:{domain}", domain)


def partner_name(code: str, lang: str) -> str:
    """The name of a country, by CLDR, or of a body. Needs Babel, of the report extra."""
    if name := strings(lang).get(f"partner:{code}"):
        return name
    from babel import Locale
    from babel.core import get_global

    if not is_partner_code(code):
        return code
    alpha2 = get_global("territory_aliases").get(code, [code[:2]])[0]  # XKX is user-assigned, and no alias of XK
    return str(Locale(lang).territories.get(alpha2, code))


def language_name(code: str, lang: str) -> str:
    """The name of a language by its code ("fr"), by CLDR; one that CLDR does not know is its own name."""
    from babel import Locale

    return str(Locale(lang).languages.get(code, code))
