"""The files that a command writes besides labels: looked at before the work, and never half written."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

from communique.errors import InputError


def check_target(path: Path) -> None:
    """Make the folder of a file that is to be written. Raises `InputError` where it, or the file, cannot be written."""
    if path.is_dir():
        raise InputError("cannot be written: it is a folder; name a file", path=path)
    if _is_device(path):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.resolve().parent):
            pass
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path) from error


def write_whole(path: Path, text: str) -> None:
    """Write the file in one step: whatever happens, it is the old one or the new one."""
    path = path.resolve()  # what a link points to, and not the link
    unfinished = path if _is_device(path) else path.with_name(path.name + ".unfinished")
    try:
        # A lone surrogate, as a broken input may hold, has no UTF-8
        unfinished.write_text(text, encoding="utf-8", errors="replace")
        if unfinished != path:
            unfinished.replace(path)
    finally:
        if unfinished != path:
            unfinished.unlink(missing_ok=True)


def _is_device(path: Path) -> bool:
    """Whether it is something that cannot be replaced: /dev/null, a pipe."""
    return path.exists() and not path.is_file()
