"""The charts of the page of labels, as Vega specifications without data: the page fills them by the reader's choice.

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
