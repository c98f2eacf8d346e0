"""Model folders go to and come from the Hugging Face Hub, by the library `huggingface_hub` (extra "hub")."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from communique.errors import ModelError
from communique.folder import BESIDE, MANIFEST, read_folder

_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def is_hub_id(model: str) -> bool:
    """Whether `model` reads like "org/name". A folder of that name comes first."""
    return _ID.fullmatch(model) is not None and not Path(model).exists()


def download(repo_id: str) -> Path:
    """The local copy of a model on the Hub, downloaded if it has changed.

    Raises `ModelError` where there is none, or where it cannot be reached.
    """
    hub = _library(f"{repo_id}: no such folder; ")
    try:
        return Path(hub.snapshot_download(repo_id))
    except (hub.errors.HfHubHTTPError, hub.errors.LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{repo_id}: neither a folder here nor a model on the Hugging Face Hub ({reason})") from error


def push_to_hub(folder: str | Path, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
    """Upload a model folder to the Hub as `repo_id` ("org/name"), which is made if it is missing; return its address.

    Only the files of a model go there. Raises `ModelError` where the folder is no model or a damaged one, or the Hub
    refuses it or cannot be reached.
    """
    manifest = read_folder(Path(folder)).manifest
    wanted = [MANIFEST, *manifest["files"], *BESIDE, ".gitattributes"]
    hub = _library()
    api = hub.HfApi(token=token)
    try:
        address = api.create_repo(repo_id, private=private, exist_ok=True)
        api.upload_folder(repo_id=repo_id, folder_path=str(folder), allow_patterns=wanted)
    except Exception as error:  # refused, or not reached: what carries it there raises errors of its own
        raise ModelError(f"{repo_id}: the Hugging Face Hub did not take the model ({error})") from error
    return str(address)


def _library(what: str = "") -> ModuleType:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError as error:
        raise ModelError(
            f'{what}models on the Hugging Face Hub need an extra: pip install "communique[hub]"'
        ) from error
    return huggingface_hub
