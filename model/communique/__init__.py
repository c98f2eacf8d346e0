"""Which fields a country cooperates with others in, and with whom, paragraph by paragraph of a news article."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from communique.codebook import DEFAULT_HOME

if TYPE_CHECKING:
    from communique.labeler import Labeler

__version__ = "0.1.0"
__all__ = ["__version__", "load", "push_to_hub"]


def load(model: str | Path | None = None, *, home: str = DEFAULT_HOME) -> Labeler:
    """The labeler of a model: a shipped one by name, a folder, or a Hub id; `home` is the country that is tracked.

    Raises `ModelError` where the model is missing or damaged, `CodebookError` where `home` is no ISO alpha-3 code.
    """
    from communique.bundle import load_bundle
    from communique.labeler import Labeler

    return Labeler(load_bundle(model), home=home)


def push_to_hub(folder: str | Path, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
    """Upload a model folder to the Hugging Face Hub as `repo_id` ("org/name") and return its address.

    Raises `ModelError` where the folder is no model, or the Hub refuses it.
    """
    from communique.hub import push_to_hub as push

    return push(folder, repo_id, private=private, token=token)
