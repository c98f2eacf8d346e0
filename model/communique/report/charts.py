"""The charts of the pages, as Vega specifications without data: the page fills them by the reader's choice.

Colours are CSS variables, so that one drawing serves light and dark; the counts are shaded in steps for the same reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import altair

#: A Vega specification, ready for the runtime.
Spec = dict[str, Any]

#: Shades of counts, from few to many.
SHADES = tuple(f"var(--shade-{k})" for k in range(1, 6))

#: As on the page; by name, since the room that words take is measured apart from it.
_FONT = "system-ui, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Arial, sans-serif"

_INK, _MUTED, _LINE = "var(--ink)", "var(--muted)", "var(--line)"


def months(words: Mapping[str, str]) -> Spec:
    """Bars of each month, a row a domain. Data `counts`: month (epoch ms), domain, order, count."""
    import altair as alt

    bars = (
        alt.Chart(alt.NamedData(name="counts"), width=300, height=64)
        .mark_bar(color="var(--accent)")
        .encode(
            x=alt.X("yearmonth(month):T", title=None, axis=alt.Axis(format="%Y", tickCount="year")),
            y=alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=3, format="~s", domain=False)),
            tooltip=[
                alt.Tooltip("domain:N", title=words["filter.domain"]),
                alt.Tooltip("yearmonth(month):T", title=words["months.month"], format="%B %Y"),
                alt.Tooltip("count:Q", title=words["count"], format=","),
            ],
        )
    )
    header = alt.Header(title=None, labelOrient="top", labelAnchor="start", labelPadding=2, labelFontWeight="bold")
    rows = alt.Row("domain:N", header=header, sort=alt.EncodingSortField("order", op="min"))
    return _vega(bars.facet(row=rows, spacing=14), words["months.alt"])


def years(words: Mapping[str, str]) -> Spec:
    """A heat map of partners by year. Data `counts`: year, partner, order, count; signal `steps`: the shades' limits."""
    import altair as alt

    bare: dict[str, Any] = {"domain": False, "ticks": False, "labelPadding": 6}
    cells = (
        alt.Chart(alt.NamedData(name="counts"), width=300, height=alt.Step(22))
        .mark_rect(stroke="var(--ground)", strokeWidth=2, cornerRadius=4)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, **bare)),
            y=alt.Y(
                "partner:N",
                title=None,
                sort=alt.EncodingSortField("order", op="min"),
                axis=alt.Axis(labelLimit=130, **bare),
            ),
            color=_shades(),
            tooltip=[
                alt.Tooltip("partner:N", title=words["filter.partner"]),
                alt.Tooltip("year:O", title=words["years.year"]),
                alt.Tooltip("count:Q", title=words["count"], format=","),
            ],
        )
    )
    return _vega(cells.add_params(_steps()), words["years.alt"])


def world_map(words: Mapping[str, str]) -> Spec:
    """Countries shaded by count. Data `counts`: id (ISO alpha-3), name, count; signal `steps`: the shades' limits."""
    import altair as alt

    world = json.loads(files("communique.report").joinpath("world.json").read_text("utf-8"))
    shape = alt.InlineData(values=world, format=alt.TopoDataFormat(type="topojson", feature="countries"))
    base = alt.Chart(shape).mark_geoshape(fill="var(--land)", stroke="var(--ground)", strokeWidth=0.5, aria=False)
    counted = (
        alt.Chart(shape)
        .transform_lookup(lookup="id", from_=alt.LookupData(alt.NamedData(name="counts"), "id", ["name", "count"]))
        .transform_filter("isValid(datum.count)")
        .mark_geoshape(stroke="var(--ground)", strokeWidth=0.5)
        .encode(
            color=_shades(),
            tooltip=[
                alt.Tooltip("name:N", title=words["filter.partner"]),
                alt.Tooltip("count:Q", title=words["count"], format=","),
            ],
        )
    )
    layers = alt.layer(base, counted, width=300, height=150).project("equalEarth", pointRadius=2.5)
    return _vega(layers.add_params(_steps()), words["map.alt"])


def calibration(words: Mapping[str, str]) -> Spec:
    """A reliability diagram. Data `counts`: low, high, n, score, share, one row a bin."""
    import altair as alt

    ideal = (
        alt.Chart(alt.InlineData(values=[{"at": 0}, {"at": 1}]), width=160, height=160)
        .mark_line(color=_MUTED, strokeDash=[4, 4], strokeWidth=1, aria=False)
        .encode(x="at:Q", y="at:Q")
    )
    bins = alt.Chart(alt.NamedData(name="counts")).encode(
        x=_unit("score", words["calibration.score"]), y=_unit("share", words["calibration.share"])
    )
    sized = bins.mark_circle(color="var(--accent)", opacity=0.85, stroke="var(--raised)").encode(
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(domainMin=0, rangeMin=20, rangeMax=350)),
        tooltip=[
            alt.Tooltip("low:Q", title=words["calibration.from"], format=".1f"),
            alt.Tooltip("n:Q", title=words["calibration.n"], format=","),
            alt.Tooltip("score:Q", title=words["calibration.score"], format=".3f"),
            alt.Tooltip("share:Q", title=words["calibration.share"], format=".3f"),
        ],
    )
    line = bins.mark_line(color="var(--accent)", strokeWidth=1.5, aria=False)
    return _vega(alt.layer(ideal, line, sized), words["calibration.alt"])


def precision_recall(words: Mapping[str, str]) -> Spec:
    """Precision against recall. Data `counts`: threshold, precision, recall, f1; one row without threshold is the model."""
    import altair as alt

    both: dict[str, Any] = {
        "x": _unit("recall", words["score.recall"]),
        "y": _unit("precision", words["score.precision"]),
    }
    counts = alt.Chart(alt.NamedData(name="counts"), width=160, height=160)
    curve = counts.transform_filter("isValid(datum.threshold)").encode(**both)
    line = curve.mark_line(color="var(--accent)", strokeWidth=2, aria=False).encode(order="threshold:Q")
    places = curve.mark_circle(opacity=0, size=60, aria=False).encode(tooltip=_operation(words))
    model = (
        counts.transform_filter("!isValid(datum.threshold)")
        .mark_point(shape="diamond", size=110, filled=True, color="var(--ink)", opacity=1, stroke="var(--raised)")
        .encode(**both, tooltip=_operation(words)[1:])
    )
    return _vega(alt.layer(line, places, model), words["curve.alt"])


def thresholds(words: Mapping[str, str]) -> Spec:
    """Precision, recall and F1 by threshold. Data `counts`: threshold, precision, recall, f1."""
    import altair as alt

    counts = alt.Chart(alt.NamedData(name="counts"), width=160, height=160)
    looks: Mapping[str, dict[str, Any]] = {
        "precision": {"color": "var(--accent)"},
        "recall": {"color": "var(--second)", "strokeDash": [6, 3]},
        "f1": {"color": _INK, "strokeDash": [2, 2]},
    }
    x = _unit("threshold", words["threshold"])
    lines = [
        counts.mark_line(aria=False, **look).encode(x=x, y=_unit(name, words["threshold.value"]))
        for name, look in looks.items()
    ]
    places = counts.mark_rule(opacity=0, strokeWidth=3, aria=False).encode(x=x, tooltip=_operation(words))
    return _vega(alt.layer(*lines, places), words["threshold.alt"])


def _operation(words: Mapping[str, str]) -> list[altair.Tooltip]:
    import altair as alt

    titles = {
        "threshold": words["threshold"],
        **{name: words[f"score.{name}"] for name in ("precision", "recall", "f1")},
    }
    return [
        alt.Tooltip(f"{name}:Q", title=title, format=".2f" if name == "threshold" else ".3f")
        for name, title in titles.items()
    ]


def _unit(field: str, title: str) -> Any:
    """A channel, x or y, of values in [0, 1]."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [0, 1]},
        "axis": {"values": [0, 0.5, 1], "format": ".1f", "titleFontWeight": "normal", "titleColor": _MUTED},
    }


def _steps() -> altair.Parameter:
    import altair as alt

    return alt.param(name="steps", value=[2, 3, 4, 5])


def _shades() -> altair.Color:
    import altair as alt

    scale = alt.Scale(type="threshold", domain=alt.ExprRef("steps"), range=list(SHADES))
    return alt.Color("count:Q", scale=scale, legend=None)


def _vega(chart: altair.Chart | altair.FacetChart | altair.LayerChart, description: str) -> Spec:
    """The chart compiled for Vega, so that it opens without Vega-Lite."""
    text = {"labelColor": _INK, "labelFontSize": 12}
    styled = chart.properties(description=description, background="transparent").configure(
        font=_FONT,
        axis={**text, "gridColor": _LINE, "domainColor": _MUTED, "tickColor": _MUTED},
        header={**text, "labelFontSize": 13},
        view={"stroke": None},
    )
    return cast("Spec", styled.to_dict(format="vega"))
