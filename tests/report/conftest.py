"""Labels that the tests of reports count: small enough to count by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
