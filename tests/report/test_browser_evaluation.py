"""The page of an evaluation as a reader has it: in a browser, from a file, without a network."""

import csv

import pytest

from communique.evaluation import Pair, confusion, count_errors, errors_of, measure
from communique.records import CodedArticle, CodedParagraph, Coding, LabeledParagraph
from communique.report.evaluation import evaluation_page
from communique.report.names import partner_name, strings

pytest.importorskip("selenium", reason="needs selenium")

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

#: Three drawings for each of four domains and for partners.
READY = (".small svg", 15)


@pytest.fixture(scope="module")
def pages(evaluated, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for lang in ("en", "fr"):
        html = evaluation_page(*evaluated, lang=lang, source="gold.jsonl", slices=True)
        (folder / f"{lang}.html").write_text(html, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def wrong(evaluated):
    """Every paragraph with an error, by its place as the page says it, beside its article."""
    result, gold = evaluated
    articles = {article.id: article for article in gold}
    return {
        (pair.article, k % 5): (pair, articles[pair.article])
        for k, pair in enumerate(result.paragraphs)
        if errors_of(pair)
    }


def places(reader):
    """The article and the paragraph of each error that is shown."""
    found = []
    for element in reader.all("#reading > div > article > .place"):
        article, _, paragraph, *_ = element.text.split(" · ")
        found.append((article, int(paragraph.removeprefix("paragraph "))))
    return found


def seen(reader):
    return [place for page in reader.pages(lambda: places(reader)) for place in page]


def test_the_figures_are_the_librarys(reader, evaluated):
    result, _ = evaluated
    assert reader.one("#lead").text == (
        "gold.jsonl · test-1 · 48 coded paragraphs of 12 articles · 95% intervals from 50 samples of the articles"
    )
    cards = {card.get_attribute("data-metric"): card.text.split("\n")[1:] for card in reader.all("#figures div")}
    for name in (
        "domains.macro_f1",
        "domains.exact",
        "partners.f1",
        "carried.f1",
        "pairs.f1",
        "kind.f1",
        "review.flagged",
    ):
        e = result.metrics[name]
        assert cards[name] == [f"{e.value:.3f}", f"{e.low:.3f}–{e.high:.3f}", f"n = {e.n}"]
    for line, label in zip(reader.table("domains-table"), result.labels.values(), strict=True):
        shown = [line[part] for part in ("precision", "recall", "average_precision", "ece", "n")]
        assert shown == [
            *(f"{x:.3f}" for x in (label.precision, label.recall, label.average_precision, label.ece)),
            str(label.n),
        ]
    lines = {line["name"]: line for line in reader.table("partners-table")}
    for name, score in (("All partners", result.partners), ("Named", result.named), ("Carried", result.carried),
                        ("Domain × partner", result.pairs), ("Boilerplate", result.kind)):  # fmt: skip
        line = lines[name]
        assert [line["precision"], line["recall"], line["n"]] == [
            f"{score.precision:.3f}",
            f"{score.recall:.3f}",
            str(score.n),
        ]
        assert line["f1"].startswith(f"{score.f1:.3f} (")


def test_the_comparison_and_the_slices_are_the_librarys(reader, evaluated):
    result, _ = evaluated
    for line, d in zip(reader.table("comparison-table"), result.comparison.differences.values(), strict=True):
        assert [line["value"], line["other"]] == [f"{d.value:.3f}", f"{d.other:.3f}"]
        numbers = [
            float(x.replace("−", "-"))
            for x in line["difference"].translate(str.maketrans("()", "  ")).split()
            if x != "to"
        ]
        assert numbers == pytest.approx([d.difference, d.low, d.high], abs=0.0006)
        assert line["holds"] == ("yes" if d.holds else "no")
    for by in dict.fromkeys(s.by for s in result.slices):
        Select(reader.one("#slices-by")).select_by_value(by)
        lines = reader.table("slices-table")
        expected = [s for s in result.slices if s.by == by]
        assert [(line["n"], line["domains.exact"].split(" ")[0]) for line in lines] == [
            (str(s.n), f"{s.metrics['domains.exact'].value:.3f}") for s in expected
        ]


def test_the_confusion_and_the_kinds_of_errors_are_the_librarys(reader, evaluated):
    result, _ = evaluated
    found = confusion(result.paragraphs)
    for k, line in enumerate(reader.table("confusion-table")):
        assert [int(line[f"to_{label}"].split(" ")[0]) for label in found.labels] == list(found.counts[k])
        assert (int(line["missed"].split(" ")[0]), int(line["n"])) == (found.missed[k], found.n[k])
    counts = [(line["paragraphs"], line["errors"]) for line in reader.table("errors-table")]
    assert counts == [(str(c.paragraphs), str(c.errors)) for c in count_errors(result.paragraphs).values()]


def test_the_curves_are_the_librarys(reader, evaluated):
    result, _ = evaluated
    for summary in reader.all("details > summary")[:2]:
        summary.click()
    lines = reader.table("calibration-table")
    expected = [one for curves in result.curves.values() for one in curves.calibration]
    assert [(line["share"], line["n"]) for line in lines] == [(f"{one.share:.3f}", str(one.n)) for one in expected]
    lines = reader.table("thresholds-table")
    expected = [one for curves in result.curves.values() for one in curves.thresholds]
    assert [[float(line[part]) for part in ("threshold", "precision", "recall", "f1")] for line in lines] == [
        pytest.approx([one.threshold, one.precision, one.recall, one.f1], abs=0.0006) for one in expected
    ]
    dots = reader.all("#calibration .chart:first-of-type .mark-symbol path")
    assert len(dots) == sum(len(curves.calibration) for curves in result.curves.values())


def test_every_error_can_be_read(reader, wrong):
    status = reader.one("#reading [role=status]").text
    assert status == f"1 to 5 of {len(wrong)}"
    assert seen(reader) == list(wrong)
    reader.all("#reading .pager button")[0].send_keys(Keys.ARROW_LEFT)
    assert not reader.one("#reading [role=status]").text.startswith("1 to 5")


@pytest.mark.parametrize(
    ("choice", "expected", "reason"),
    [
        ({"kind": "role_confused"}, lambda e, *_: any(k == "role_confused" for k, _ in e), "a kind"),
        ({"domain": "policing"}, lambda e, *_: any(label == "policing" for _, label in e), "a domain that is wrong"),
        ({"kind": "domain_missed", "domain": "policing"}, lambda e, *_: ("domain_missed", "policing") in e, "both"),
        ({"partner": "CUB"}, lambda e, *_: any(label == "CUB" for _, label in e), "a partner that is wrong"),
        (
            {"kind": "domain_added", "partner": "RUS"},
            lambda e, p, _: any(k == "domain_added" for k, _ in e) and "RUS" in (*p.gold.partners, *p.predicted.partners),
            "an error of a domain, where a partner is coded or given",
        ),
        ({"home": "FRA"}, lambda e, p, a: a.home == "FRA", "a home country"),
        ({"language": "en", "outlet": "outlet1.vn"}, lambda e, p, a: a.lang == "en" and "outlet1" in a.source, "where it is from"),
        ({"review": "true"}, lambda e, p, _: p.found is not None and p.found.review, "flagged"),
    ],
)  # fmt: skip
def test_filters(reader, wrong, choice, expected, reason):
    for name, value in choice.items():
        reader.choose(name, value)
    found = [
        place
        for place, (pair, article) in wrong.items()
        if expected([(e.kind, e.label) for e in errors_of(pair)], pair, article)
    ]
    assert 0 < len(found) < len(wrong), "a test of something"
    assert seen(reader) == found, reason
    reader.one("#choice button").click()
    reader.wait(lambda: reader.one("#reading [role=status]").text.endswith(f"of {len(wrong)}"))


def test_an_error_is_read_beside_its_coding_in_its_article(reader, wrong, script):
    words = strings("en")
    (article, index), (pair, coded) = next(iter(wrong.items()))
    first = reader.one("#reading article")
    assert first.find_element("tag name", "h3").text == f"Titre {script}"
    assert reader.driver.execute_script("return window.broken") is None, "markup stays text"
    assert [chip.text for chip in first.find_elements("css selector", ".labels .wrong")][: len(errors_of(pair))] == [
        words[f"error.{e.kind}"]
        + (f": {words.get(f'domain:{e.label}') or partner_name(e.label, 'en')}" if e.label else "")
        for e in errors_of(pair)
    ]
    sides = first.find_elements("css selector", ".sides dd")
    for side, coding in zip(sides[:2], (pair.gold, pair.predicted), strict=True):
        shown = [chip.text for chip in side.find_elements("tag name", "li")]
        assert shown == [words[f"domain:{d}"] for d in coding.domains] + [
            f"{partner_name(c, 'en')} ({c}) · {'named' if c in coding.named else 'carried'}" for c in coding.partners
        ]
    assert first.find_element("css selector", "mark").text.startswith("Russie")
    summary = first.find_element("css selector", "summary")
    summary.send_keys(Keys.ENTER)
    neighbours = first.find_elements("css selector", ".whole > div")
    reader.wait(lambda: first.find_elements("css selector", ".whole > div"))
    neighbours = first.find_elements("css selector", ".whole .text")
    shown = [
        reader.driver.execute_script("return arguments[0].textContent", one).replace("RUS", "") for one in neighbours
    ]
    assert shown == [p.text for p in coded.paragraphs]
    here = first.find_element("css selector", ".whole [aria-current]")
    assert here.text.count(f"Paragraphe {index} de {article}") == 1


def test_a_table_is_saved_with_its_intervals(reader, evaluated):
    result, _ = evaluated
    reader.one("#domains-table .after button").click()
    file = reader.driver.downloads / "domains.csv"
    reader.wait(file.exists)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    for row, name in zip(rows, result.domains, strict=True):
        e = result.metrics[f"domains.{name}.f1"]
        assert [float(row[column]) for column in ("F1", "F1 low", "F1 high")] == [e.value, e.low, e.high]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_the_page_fits_its_window_in_french_too(browser, pages, evaluated, width, dark):
    result, _ = evaluated
    with browser.window(width, dark=dark):
        browser.open(pages / "fr.html", ready=READY)
        assert browser.one("h1").text == "Justesse des étiquettes"
        assert browser.table("domains-table")[0]["precision"] == f"{result.labels['defense'].precision:.3f}".replace(
            ".", ","
        )
        for summary in browser.all("summary"):
            summary.click()
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= width
        assert browser.pale() == []
        assert browser.faults() == []


def test_every_control_has_a_name_and_every_picture_a_text(reader):
    assert reader.nameless() == [0, 0]
    texts = {picture.get_attribute("aria-label") for picture in reader.all(".small [role=graphics-document]")}
    assert len(texts) == 15, "each says what it is of"
    assert f"Defense: {strings('en')['calibration.alt']}" in texts


@pytest.mark.parametrize(("count", "reason"), [(0, "nothing measured"), (1, "one paragraph, and it is right")])
def test_a_page_without_errors_is_whole_too(browser, tmp_path, count, reason):
    gold = [CodedArticle("a", None, (CodedParagraph("x", "body", Coding()),))]
    pairs = [Pair("a", "x", Coding(), "body", LabeledParagraph(0, "x", "body", 0, 1))]
    html = evaluation_page(measure(pairs[:count], model="m", segmented=False), gold)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    browser.open(tmp_path / "page.html", ready=("#reading article, #reading .note", 1))
    assert browser.one("#lead").text == f"m · {count} coded paragraphs of {count} articles", reason
    assert "Boilerplate" not in browser.one("#figures").text
    assert {line["average_precision"] for line in browser.table("domains-table")} == {"–"}
    assert browser.one("#errors-sample").text.startswith("On this page: 0 of 0 paragraphs")
    assert browser.faults() == []
