"""Labels that the tests of reports count, small enough to count by hand; and a browser that reads pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from communique.codebook import DOMAINS
from communique.evaluation import Comparison, Evaluation, Pair, compare, measure
from communique.records import CodedArticle, CodedParagraph, Coding, Evidence, LabeledParagraph

SCRIPT = "<script>window.broken = true</script>"


def row(article: str, paragraph: int, text: str, **labels: Any) -> dict[str, Any]:
    """A row as `communique predict` writes it; evidence is given as (code, surface, role)."""
    evidence = [
        {
            "code": code,
            "start": text.index(surface),
            "stop": text.index(surface) + len(surface),
            "surface": surface,
            "role": role,
        }
        for code, surface, role in labels.get("evidence", ())
    ]
    domains, partners = labels.get("domains", []), labels.get("partners", [])
    return {
        "article": article,
        "paragraph": paragraph,
        "kind": labels.get("kind", "body"),
        "start": 0,
        "stop": len(text),
        "text": text,
        "domains": domains,
        "domain_scores": dict.fromkeys(domains, 0.9),
        "partners": partners,
        "partner_scores": dict.fromkeys(partners, 0.9),
        "named": labels.get("named", partners),
        "evidence": evidence,
        "review": labels.get("review", False),
        "title": labels.get("title", f"Title of {article}"),
        "date": labels.get("date"),
        "model": "test-1",
    }


ROWS = [
    row("a", 1, f"Le ministre russe {SCRIPT} a parlé.", domains=["defense"], partners=["RUS"], date="2021-12-05",
        evidence=[("RUS", "russe", "named")], title=f"Visite {SCRIPT}"),
    row("a", 2, "Les deux pays ont signé.", domains=["defense", "policing"], partners=["RUS"], named=[], review=True,
        date="2021-12-05", evidence=[("RUS", "Les deux pays", "carried")]),
    row("a", 3, "Photo : VNA", kind="boilerplate", date="2021-12-05"),
    row("b", 1, "La Russie et le Japon ont parlé à Paris.", domains=["diplomacy"], partners=["RUS", "JPN"], date="2022-01",
        review=True, evidence=[("RUS", "Russie", "named"), ("JPN", "Japon", "named"), ("FRA", "Paris", "mention")]),
    row("c", 1, "Le Japon exporte.", partners=["JPN"], date="2022", evidence=[("JPN", "Japon", "named")]),
    row("d", 1, "Il fait beau."),
    row("d", 2, "Singapour et l'ONU coopèrent.", domains=["cybersecurity"], partners=["SGP", "UN"], review=True,
        evidence=[("SGP", "Singapour", "named"), ("UN", "ONU", "named")]),
]  # fmt: skip


@pytest.fixture(scope="session")
def make_row() -> Callable[..., dict[str, Any]]:
    return row


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    return ROWS


@pytest.fixture(scope="session")
def script() -> str:
    return SCRIPT


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ROWS), encoding="utf-8")
    return path


PATIENCE = 120  # seconds until a test gives up on the browser


class Reader:
    """Reads and works a page."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, *, ready):
        """Open a file and wait until `ready`, a selector, has found as many elements as it says: (selector, count)."""
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(path.as_uri())
        selector, count = ready
        self.wait(lambda: len(self.all(selector)) >= count)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def wait(self, condition):
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, PATIENCE).until(lambda _: condition())

    def choose(self, name, value):
        from selenium.webdriver.support.ui import Select

        Select(self.one(f"select[name={name}]")).select_by_value(value)

    def table(self, id):
        """The cells of a table, by the keys of its heads."""
        script = """
          const table = document.querySelector(`#${arguments[0]} table`);
          if (!table) return [];
          const keys = [...table.querySelectorAll("thead button")].map((button) => button.dataset.key);
          return [...table.tBodies[0].rows].map((row) =>
            Object.fromEntries([...row.cells].map((cell, k) => [keys[k], cell.textContent])));"""
        return self.driver.execute_script(script, id)

    def pages(self, seen):
        """What `seen` says of each page of paragraphs, from the first to the last."""
        found = [seen()]
        while (following := self.all("#reading .pager button")[1]).is_enabled():
            following.click()
            found.append(seen())
        return found

    def faults(self):
        """What was logged, and every address that was asked for but the page's own."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        fetched = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
        return fetched + [entry["message"] for entry in self.driver.get_log("browser")]

    def nameless(self):
        """How many controls have no name, and how many pictures no text."""
        script = """
          const named = (one) => one.labels?.length || one.textContent.trim() || one.ariaLabel;
          return [[...document.querySelectorAll("select, button")].filter((one) => !named(one)).length,
                  [...document.querySelectorAll(".chart svg")].filter(
                    (svg) => !(svg.closest("[aria-label]") || svg.querySelector("[aria-label]"))).length];"""
        return self.driver.execute_script(script)

    def pale(self, least=4.5):
        """The words whose contrast with their ground is less than WCAG's level AA asks for, with that contrast."""
        script = """
          const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
            .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
          const ground = (one) => {
            for (; one; one = one.parentElement) {
              const color = numbers(getComputedStyle(one).backgroundColor);
              if (color.length === 3 || color[3] > 0) return color;
            }
            return [255, 255, 255];
          };
          const found = [];
          for (const one of document.querySelectorAll("body *")) {
            const words = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
            if (!words || one.matches("script, style, noscript *, option, :disabled") || !one.getClientRects().length) continue;
            const style = getComputedStyle(one);
            const pair = [light(numbers(one.closest("svg") ? style.fill : style.color)), light(ground(one))].sort((a, b) => b - a);
            const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
            if (contrast < arguments[0]) found.push([words.slice(0, 40), contrast]);
          }
          return found;"""
        return self.driver.execute_script(script, least)

    @contextmanager
    def window(self, width, *, dark) -> Iterator[None]:
        """A window of another width, and a reader who likes it dark, or not."""
        scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Iterator[Reader]:
    """A reader of pages in Debian's chromium; downloads come to `browser.driver.downloads`."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and chromedriver):
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    folder = tmp_path_factory.mktemp("downloads")
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    driver.downloads = folder
    yield Reader(driver)
    driver.quit()


@pytest.fixture
def reader(browser: Reader, pages: Path, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A reader before the module's page in English; at the end of the test nothing may have gone wrong in it."""
    browser.open(pages / "en.html", ready=request.module.READY)
    yield browser
    assert browser.faults() == []


@pytest.fixture(scope="session")
def evaluated() -> tuple[Evaluation, list[CodedArticle]]:
    """An evaluation with errors of every kind, drawn by lot, and the articles it is of; the first has markup in it."""
    rng = Random(3)

    def some(labels: Sequence[str], share: float) -> tuple[str, ...]:
        return tuple(label for label in labels if rng.random() < share)

    def coding(partners: tuple[str, ...]) -> Coding:
        return Coding(some(DOMAINS, 0.4), partners, some(partners, 0.6))

    articles, pairs, others = [], [], []
    for k in range(12):
        id, home = f"a{k}", "FRA" if k % 4 == 0 else "VNM"
        coded = []
        for index in range(5):
            text = f"Paragraphe {index} de {id} : la Russie {SCRIPT} et le Laos. " + "Suite. " * 4 * index
            kind = "boilerplate" if index == 4 else "body"
            gold = coding(some(("RUS", "LAO", "UN"), 0.5)) if kind == "body" else Coding()
            coded.append(CodedParagraph(text, kind, gold))
            for into in (pairs, others):
                seen = kind if rng.random() < 0.9 else "body" if kind == "boilerplate" else "boilerplate"
                model = gold if rng.random() < 0.4 else coding(some(("RUS", "LAO", "UN", "CUB"), 0.4))
                found = LabeledParagraph(index, text, "boilerplate", 0, len(text))
                if seen == "body":
                    scores = {d: rng.uniform(0.5, 1) if d in model.domains else rng.uniform(0, 0.5) for d in DOMAINS}
                    candidates = {
                        c: rng.uniform(0.5, 1) if c in model.partners else rng.uniform(0, 0.5)
                        for c in ("RUS", "LAO", "UN", "CUB")
                    }
                    role = "named" if "RUS" in model.named else "carried" if "RUS" in model.partners else "mention"
                    evidence = (Evidence("RUS", text.index("Russie"), text.index("Russie") + 6, "Russie", role),)
                    found = LabeledParagraph(
                        index, text, "body", 0, len(text), model.domains, model.partners, model.named, scores, candidates, evidence,
                        review=rng.random() < 0.3,
                    )  # fmt: skip
                into.append(Pair(id, text, gold, kind, None if rng.random() < 0.05 else found))
        articles.append(
            CodedArticle(
                id, f"Titre {SCRIPT}" if k == 0 else f"Titre de {id}", tuple(coded), home=home, lang="en" if k % 3 == 0 else "fr",
                date=f"20{10 + k}-05", source=f"https://www.outlet{k % 2}.vn/{k}", text="kept",
            )
        )  # fmt: skip
    result = measure(pairs, model="test-1", segmented=True, articles=articles, samples=50)
    differences = compare(pairs, others, segmented=True, samples=50)
    return replace(result, comparison=Comparison("test-2", differences)), articles
