"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

import communique
from communique.labeler import Labeler

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def labeler() -> Labeler:
    """The fast model, whichever is the default: what is tested here does not depend on the labels."""
    return communique.load("fast")
