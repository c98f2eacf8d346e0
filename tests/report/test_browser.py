"""The page of labels as a reader has it: in a browser, from a file, without a network."""

import csv
import json
import re
import shutil

import pytest

import communique
from communique.report.labels import labels_page

pytest.importorskip("selenium", reason="needs selenium")

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Debian's chromium and chromium-driver")

PATIENCE = 120  # seconds until a test gives up on the browser


class Reader:
    """Reads and works a page."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path):
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(path.as_uri())
        self.wait(lambda: len(self.all("#map svg path")) > 100)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def wait(self, condition):
        WebDriverWait(self.driver, PATIENCE).until(lambda _: condition())

    def choose(self, name, value):
        Select(self.one(f"select[name={name}]")).select_by_value(value)

    def figures(self):
        names = ("paragraphs", "articles", "partners", "review")
        return {name: int(re.sub(r"\D", "", self.one(f"#figure-{name}").text.split(" ")[0])) for name in names}

    def table(self, id):
        """The cells of a table, by the keys of its heads."""
        script = """
          const table = document.querySelector(`#${arguments[0]} table`);
          if (!table) return [];
          const keys = [...table.querySelectorAll("thead button")].map((button) => button.dataset.key);
          return [...table.tBodies[0].rows].map((row) =>
            Object.fromEntries([...row.cells].map((cell, k) => [keys[k], cell.textContent])));"""
        return self.driver.execute_script(script, id)

    def faults(self):
        """What was logged, and every address that was asked for but the page's own."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        fetched = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
        return fetched + [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    folder = tmp_path_factory.mktemp("downloads")
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    driver.downloads = folder
    yield driver
    driver.quit()


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


@pytest.fixture
def reader(driver, pages):
    reader = Reader(driver)
    reader.open(pages / "en.html")
    yield reader
    assert reader.faults() == []


def test_the_numbers_are_the_librarys(reader, summary):
    total = summary.total
    expected = {"paragraphs": total.paragraphs, "articles": total.articles, "partners": 4, "review": total.review}
    assert reader.figures() == expected
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
    assert reader.figures() == {
        "paragraphs": pair.paragraphs,
        "articles": pair.articles,
        "partners": 1,
        "review": pair.review,
    }
    assert [line["code"] for line in reader.table("matrix-table")] == ["RUS"]
    reader.choose("from", "2022")
    assert reader.figures()["paragraphs"] == 0
    assert reader.one("#years .note").is_displayed()
    reader.one("#filters button").click()
    reader.wait(lambda: reader.figures()["paragraphs"] == summary.total.paragraphs)


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

    first, pages = seen(), [seen()]
    status = reader.one("#reading [role=status]")
    assert status.text == f"1 to 5 of {summary.total.review}"
    while (following := reader.all("#reading .pager button")[1]).is_enabled():
        following.click()
        pages.append(seen())
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


def test_a_table_is_saved_as_csv(reader, driver, summary):
    reader.one("#matrix-table .after button").click()
    file = driver.downloads / "matrix.csv"
    reader.wait(file.exists)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [row["Code"] for row in rows] == list(summary.partners)
    assert [int(row["Defense"]) for row in rows] == summary.matrix()["defense"].tolist()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (390, True)])
def test_the_page_fits_its_window_in_french_too(driver, pages, width, dark):
    scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        reader = Reader(driver)
        reader.open(pages / "fr.html")
        assert reader.one("h1").text == "Coopération par domaine et partenaire"
        assert {line["name"] for line in reader.table("matrix-table")} == {
            "Russie",
            "Japon",
            "Singapour",
            "Nations unies",
        }
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        assert reader.faults() == []
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_every_control_has_a_name_and_every_picture_a_text(reader):
    script = """
      const named = (one) => one.labels?.length || one.textContent.trim() || one.ariaLabel;
      return [[...document.querySelectorAll("select, button")].filter((one) => !named(one)).length,
              [...document.querySelectorAll(".chart svg")].filter(
                (svg) => !(svg.closest("[aria-label]") || svg.querySelector("[aria-label]"))).length];"""
    assert reader.driver.execute_script(script) == [0, 0]
