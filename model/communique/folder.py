"""The files of a model folder: all that belong to it, none that do not, each as it was saved.

A model folder is data. What is read of it is the manifest and the files that the manifest names, each by its SHA-256;
nothing of it is run, and nothing outside it is opened.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from communique.errors import ModelError
from communique.terminal import visible

FORMAT = 2
MANIFEST, DOMAINS_FILE, PARTNERS_FILE, GOLDEN, CARD = (
    "manifest.json",
    "domains.safetensors",
    "partners.safetensors",
    "golden.json",
    "README.md",
)
ENCODER_FILES = ("encoder.onnx", "tokenizer.json")
CHECKPOINTS = "checkpoints"

#: The most bytes of each file that can be one of a model; none is opened that has more.
LIMITS: Mapping[str, int] = {
    MANIFEST: 16 << 20, DOMAINS_FILE: 1 << 30, PARTNERS_FILE: 1 << 30, GOLDEN: 16 << 20,
    "encoder.onnx": 2 << 30, "tokenizer.json": 256 << 20,
}  # fmt: skip

#: What may stand beside a model's files and is never read here: for people, for plain `transformers`, of a training run
#: that is not over. Names that begin with a dot are of git and the like.
BESIDE = (
    CARD, "LICENSE", "NOTICE", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", CHECKPOINTS,
)  # fmt: skip

#: What the hash of a model is made of: all that its labels depend on.
_CORE = ("format", "labels", "parameters", "thresholds", "evidence", "review_below", "files")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AGAIN = "copy or train the model again"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model folder as it was read: its manifest, and the content of each file that the manifest names."""

    manifest: Mapping[str, Any]
    data: Mapping[str, bytes]


def read_folder(folder: Path) -> ModelFiles:
    """Read a model folder.

    Raises `ModelError` where there is none, or one of another format, and where a file is missing, changed, too large,
    leads out of the folder, or does not belong there.
    """
    if not (folder / MANIFEST).exists():
        raise ModelError(f"{folder}: no model here (expected {MANIFEST}); give a folder that `communique train` wrote")
    manifest = _manifest_of(_read(folder, MANIFEST), folder)
    check_free(folder)
    data = {}
    for name, digest in manifest["files"].items():
        data[name] = _read(folder, name)
        if hashlib.sha256(data[name]).hexdigest() != digest:
            raise ModelError(f"{folder / name}: not the file that the manifest was written for; {_AGAIN}")
    return ModelFiles(manifest, data)


def check_free(folder: Path) -> None:
    """Raise `ModelError` where `folder` is none, or holds what is no part of a model."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ModelError(f"{folder}: expected a folder for the model, got a file; name another")
    known = {*LIMITS, *BESIDE}
    unknown = sorted(p.name for p in folder.iterdir() if p.name not in known and not p.name.startswith("."))
    if unknown:
        shown = ", ".join(map(repr, unknown[:3])) + (", …" if len(unknown) > 3 else "")
        raise ModelError(f"{folder}: holds what is no part of a model: {shown}; remove it, or name another folder")


def digest_of(manifest: Mapping[str, Any]) -> str:
    """The hash of a model: of its weights and parameters alone, so that the same data and seed give the same."""
    core = {name: manifest[name] for name in _CORE}
    core["files"] = {name: digest for name, digest in manifest["files"].items() if name != GOLDEN}
    return hashlib.sha256(json.dumps(core, sort_keys=True).encode("utf-8")).hexdigest()


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        root, real = folder.resolve(), path.resolve(strict=True)
        # In the cache of the Hub the files of a snapshot are links to the blobs beside it
        inside = root.parent.parent if root.parent.name == "snapshots" else root
        if not real.is_relative_to(inside):
            raise ModelError(f"{path}: leads out of the model folder, to {real}; copy the file itself")
        if not real.is_file():
            raise ModelError(f"{path}: expected a file, got a folder or device; {_AGAIN}")
        if (size := real.stat().st_size) > LIMITS[name]:
            raise ModelError(f"{path}: {size:,} bytes, expected at most {LIMITS[name]:,}; {_AGAIN}")
        return real.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; {_AGAIN}") from error
    except RuntimeError as error:  # links in a circle, in Python before 3.13
        raise ModelError(f"{path}: {error}; {_AGAIN}") from error


def _manifest_of(data: bytes, folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(data.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: broken JSON ({error}); {_AGAIN}") from error
    if not isinstance(manifest, dict):
        raise ModelError(f"{path}: expected a JSON object, got {type(manifest).__name__}; {_AGAIN}")
    found = manifest.get("format")
    if type(found) is not int or found != FORMAT:
        later = type(found) is int and found > FORMAT
        todo = "update communique" if later else "train the model again"
        raise ModelError(f"{folder}: model format {found!r}, this version reads {FORMAT}; {todo}")
    for name, expected, holds in _EXPECTED:
        if not holds(manifest.get(name)):
            raise ModelError(f"{path}: expected {name!r} as {expected}, got {manifest.get(name)!r:.80}; {_AGAIN}")
    if digest_of(manifest) != manifest["hash"]:
        raise ModelError(f"{path}: changed since it was written: its hash is of other values; {_AGAIN}")
    return manifest


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) and visible(v) == v for v in value)


def _is_labels(value: Any) -> bool:
    return _is_names(value) and len(set(value)) == len(value)


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1


def _is_parameters(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), dict) for name in ("domains", "partners"))


def _is_files(value: Any) -> bool:
    if not isinstance(value, dict) or not all(map(_is_digest, value.values())):
        return False
    encoder = set(value) & set(ENCODER_FILES)
    return {DOMAINS_FILE, PARTNERS_FILE} <= set(value) <= set(LIMITS) - {MANIFEST} and len(encoder) in (0, 2)


#: What of a manifest is relied on: its name, what is expected there, and whether it is.
_EXPECTED: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    ("hash", "a SHA-256", _is_digest),
    ("labels", "a list of distinct names", _is_labels),
    ("evidence", "a list of names", _is_names),
    ("parameters", "an object of two, domains and partners", _is_parameters),
    ("thresholds", "an object", lambda value: isinstance(value, dict)),
    ("review_below", "a number from 0 to 1", _is_share),
    ("files", f"a SHA-256 each of {DOMAINS_FILE} and {PARTNERS_FILE}, perhaps {GOLDEN}, or both of {' and '.join(ENCODER_FILES)}", _is_files),
)  # fmt: skip
