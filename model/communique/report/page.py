"""The frame of a page: one HTML file that holds all it needs, words in a language, Vega charts, and data for its script.

A page is a template in `pages/` that extends `frame.html`, and a script beside it that fills it, with what `frame.js`
gives: charts, sortable tables with a CSV to download, paging, and paragraphs with their evidence marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Literal

from communique.errors import MissingExtraError
from communique.records import LabeledParagraph
from communique.report.charts import Spec
from communique.report.names import domain_name, partner_name, strings

#: Characters of a paragraph that a page shows at most.
LONGEST = 2000

_LOCALES: Mapping[str, Literal["en-GB", "fr-FR"]] = {"en": "en-GB", "fr": "fr-FR"}

_JSON: Mapping[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}


@dataclass(frozen=True, slots=True)
class Page:
    """A page to write: `name` is that of its template and script, `charts` are by the id of their place in it.

    `values` go to the template, `data` (what JSON can hold) to the script.
    """

    name: str
    lang: str = "en"
    values: Mapping[str, Any] = field(default_factory=dict)
    charts: Mapping[str, Spec] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    def render(self) -> str:
        """The page as HTML. Raises `MissingExtraError` where the packages of the report extra are not installed."""
        check_extra()
        import jinja2
        import vl_convert
        from markupsafe import Markup

        words = strings(self.lang)
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("communique.report", "pages"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        environment.policies["json.dumps_kwargs"] = _JSON
        locale = _LOCALES[self.lang]
        return environment.get_template(f"{self.name}.html").render(
            self.values,
            lang=self.lang,
            words=words,
            style=Markup(_file("frame.css")),
            scripts=[
                Markup(_runtime()),
                Markup(_file("frame.js")),
                Markup(_file(f"{self.name}.js")),
            ],
            payload={
                "lang": self.lang,
                "words": dict(words),
                "number": vl_convert.get_format_locale(locale),
                "time": vl_convert.get_time_format_locale(locale),
                "charts": dict(self.charts),
                "data": dict(self.data),
            },
        )


def check_extra() -> None:
    """Raise `MissingExtraError` where the packages of the report extra are not installed; to be called before drawing."""
    try:
        for package in ("altair", "babel", "jinja2", "vl_convert"):
            import_module(package)
    except ImportError as error:
        raise MissingExtraError("a page", "report") from error


def json_size(data: Any) -> int:
    """The bytes that `data` takes in a page."""
    from jinja2.utils import htmlsafe_json_dumps

    return len(htmlsafe_json_dumps(data, **_JSON).encode(errors="replace"))


@cache
def _runtime() -> str:
    """The script that draws charts; seconds go into bundling it."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def _file(name: str) -> str:
    return files("communique.report").joinpath("pages", name).read_text("utf-8")


def shown(paragraph: LabeledParagraph, lang: str) -> dict[str, Any]:
    """A paragraph for the script of a page: its labels with their names, and its text as `marked` has it."""
    return {
        "index": paragraph.index,
        "review": paragraph.review,
        "domains": [[d, domain_name(d, lang)] for d in paragraph.domains],
        "partners": [[code, partner_name(code, lang), code in paragraph.named] for code in paragraph.partners],
        **marked(paragraph, lang),
    }


def marked(paragraph: LabeledParagraph, lang: str) -> dict[str, Any]:
    """The text of a paragraph for the script of a page, as `pieces`, `[text, [[code, role, name]…]]` each.

    Text beyond `LONGEST` characters is cut, and `cut` true.
    """
    pieces: list[list[Any]] = []
    left = LONGEST
    for text, evidence in paragraph.segments():
        if left > 0:
            pieces.append([text[:left], [[e.code, e.role, partner_name(e.code, lang)] for e in evidence]])
        left -= len(text)
    return {"pieces": pieces, "cut": left < 0}
