"""Which fields a country cooperates with others in, and with whom, paragraph by paragraph of a news article."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from communique.codebook import DEFAULT_HOME

if TYPE_CHECKING:
    from communique.labeler import Labeler

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(model: str | Path | None = None, *, home: str = DEFAULT_HOME) -> Labeler:
    """The labeler of a model folder, or the shipped one; `home` is the country whose cooperation is tracked.

    Raises `ModelError` where the folder is missing or damaged, `CodebookError` where `home` is no ISO alpha-3 code.
    """
    from communique.bundle import load_bundle
    from communique.labeler import Labeler

    return Labeler(load_bundle(model), home=home)
