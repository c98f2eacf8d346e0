"""The page of labels as a reader has it: in a browser, from a file, without a network."""

import csv
import json
import re

import pytest

import communique
from communique.report.labels import labels_page

pytest.importorskip("selenium", reason="needs selenium")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

READY = ("#map svg path", 101)


@pytest.fixture(scope="module")
def summary(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    many = [{**one, "article": f"{one['article']}{k}"} for k in range(4) for one in rows]
    path.write_text("".join(json.dumps(one) + "\n" for one in many))
    return communique.summary(path)


@pytest.fixture(scope="module")
def pages(summary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for lang in ("en", "fr"):
        (folder / f"{lang}.html").write_text(labels_page(summary, lang=lang, source="labels.jsonl"), encoding="utf-8")
    return folder


def figures(reader):
    names = ("paragraphs", "articles", "partners", "review")
    return {name: int(re.sub(r"\D", "", reader.one(f"#figure-{name}").text.split(" ")[0])) for name in names}


def test_the_numbers_are_the_librarys(reader, summary):
    total = summary.total
    expected = {"paragraphs": total.paragraphs, "articles": total.articles, "partners": 4, "review": total.review}
    assert figures(reader) == expected
    for unit in ("paragraphs", "articles"):
        reader.choose("unit", unit)
        shown = {
            line["code"]: [int(line[d]) for d in (*summary.domains, "none")] for line in reader.table("matrix-table")
        }
        assert shown == {code: counts.tolist() for code, counts in summary.matrix(unit).iterrows()}
        months = summary.by_month()
        shown = [(line["month"], d, int(line[d])) for line in reader.table("months-table") for d in summary.domains]
        assert [m for m in shown if m[2]] == list(months[["month", "domain", unit]].itertuples(index=False, name=None))
        years = summary.by_year()
        names = dict(zip(["RUS", "JPN", "SGP", "UN"], ["Russia", "Japan", "Singapore", "United Nations"], strict=True))
        expected = {(y, names[p]): n for y, p, n in years[["year", "partner", unit]].itertuples(index=False, name=None)}
        lines = reader.table("years-table")
        assert {
            (y, line["name"]): int(line[y]) for line in lines for y in ("2021", "2022") if line[y] != "0"
        } == expected


def test_filters_narrow_every_figure(reader, summary):
    reader.choose("domain", "defense")
    reader.choose("partner", "RUS")
    pair = summary.by_pair().set_index(["partner", "domain"]).loc[("RUS", "defense")]
    assert figures(reader) == {
        "paragraphs": pair.paragraphs,
        "articles": pair.articles,
        "partners": 1,
        "review": pair.review,
    }
    assert [line["code"] for line in reader.table("matrix-table")] == ["RUS"]
    reader.choose("from", "2022")
    assert figures(reader)["paragraphs"] == 0
    assert reader.one("#years .note").is_displayed()
    reader.one("#filters button").click()
    reader.wait(lambda: figures(reader)["paragraphs"] == summary.total.paragraphs)


def test_what_is_dated_in_no_iso_date_is_in_no_year(browser, make_row, tmp_path):
    dates = ("18/11/2025", "2025-11-18")
    rows = [make_row(date, 1, "x", domains=["defense"], partners=["RUS"], date=date, review=True) for date in dates]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "page.html").write_text(labels_page(communique.summary(tmp_path / "labels.jsonl")), encoding="utf-8")
    browser.open(tmp_path / "page.html", ready=READY)

    def shown():
        return [element.text.split(" · ")[0] for element in browser.all("#reading article .place")]

    assert [option.get_attribute("value") for option in browser.all("select[name=to] option")] == ["", "2025"]
    assert shown() == [*dates]
    browser.choose("to", "2025")
    assert shown() == ["2025-11-18"]
    assert browser.faults() == []


def test_tables_sort_by_mouse_and_keyboard(reader):
    def column(key):
        return [line[key] for line in reader.table("matrix-table")]

    reader.one('#matrix-table button[data-key="name"]').click()
    assert column("name") == ["Japan", "Russia", "Singapore", "United Nations"]
    reader.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert column("name") == ["United Nations", "Singapore", "Russia", "Japan"]
    assert reader.one("#matrix-table th[aria-sort]").get_attribute("aria-sort") == "descending"
    reader.one('#matrix-table button[data-key="diplomacy"]').click()
    assert column("diplomacy") == ["4", "4", "0", "0"]


def test_flagged_paragraphs_are_paged_through(reader, summary):
    def seen():
        return [element.text for element in reader.all("#reading article .place")]

    first = seen()
    status = reader.one("#reading [role=status]")
    assert status.text == f"1 to 5 of {summary.total.review}"
    pages = reader.pages(seen)
    assert [len(page) for page in pages] == [5, 5, 2]
    assert len({place for page in pages for place in page}) == summary.total.review
    reader.all("#reading .pager button")[0].send_keys(Keys.ARROW_LEFT * 2)
    assert seen() == first


def test_evidence_is_marked_and_markup_stays_text(reader, script):
    Select(reader.one("#reading-show")).select_by_value("others")
    article = reader.one("#reading article")
    assert article.find_element(By.TAG_NAME, "h3").text == f"Visite {script}"
    assert article.find_element(By.CSS_SELECTOR, ".text").text == f"Le ministre russe RUS {script} a parlé.".replace(
        " RUS", "RUS"
    )
    assert article.find_element(By.CSS_SELECTOR, "mark.named").get_attribute("title") == "Russia: names a partner"
    assert reader.driver.execute_script("return window.broken") is None


def test_a_table_is_saved_as_csv(reader, summary):
    reader.one("#matrix-table .after button").click()
    file = reader.driver.downloads / "matrix.csv"
    reader.wait(file.exists)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [row["Code"] for row in rows] == list(summary.partners)
    assert [int(row["Defense"]) for row in rows] == summary.matrix()["defense"].tolist()


def test_a_saved_table_holds_no_formula_and_a_hostile_page_does_nothing(browser, make_row, tmp_path):
    hostile = "=1</script><img src=x onerror='window.broken = 1'>"
    row = make_row("@a", 1, f"{hostile} fin.", domains=[hostile, "+x"], partners=[hostile], date="2021-12", title=hostile,
                   review=True, evidence=[(hostile, hostile, "named")])  # fmt: skip
    (tmp_path / "labels.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    page = labels_page(communique.summary(tmp_path / "labels.jsonl"), source=hostile)
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    reader, driver = browser, browser.driver
    reader.open(tmp_path / "page.html", ready=READY)
    assert reader.one("#reading article h3").text == hostile
    reader.one("#months-table").find_element(By.XPATH, "..").find_element(By.TAG_NAME, "summary").click()
    reader.one("#months-table .after button").click()
    file = driver.downloads / "months.csv"
    reader.wait(file.exists)
    table = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert f"'{hostile}" in table[0]
    assert [cell for line in table for cell in line if cell[:1] in tuple("=+-@\t\r")] == []
    assert driver.execute_script("return window.broken") is None
    assert reader.faults() == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (390, True)])
def test_the_page_fits_its_window_in_french_too(browser, pages, width, dark):
    with browser.window(width, dark=dark):
        browser.open(pages / "fr.html", ready=READY)
        assert browser.one("h1").text == "Coopération par domaine et partenaire"
        assert {line["name"] for line in browser.table("matrix-table")} == {
            "Russie",
            "Japon",
            "Singapour",
            "Nations unies",
        }
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= width
        assert browser.pale() == []
        assert browser.faults() == []


def test_every_control_has_a_name_and_every_picture_a_text(reader):
    assert reader.nameless() == [0, 0]
