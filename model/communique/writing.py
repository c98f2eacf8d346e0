"""Files are written whole or not at all, and an output has one writer."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from communique.errors import CommuniqueError, InputError

if TYPE_CHECKING:
    from filelock import FileLock


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write files beside their places, and when all of them are safe, put each in its place, in the order given.

    So a full disk or a kill leaves what was there before. Raises `OSError` that names the file which cannot be written.
    """
    ready: dict[Path, Path] = {}
    path = Path()
    try:
        for path, data in files.items():
            path = path.resolve()  # what a link points to, and not the link
            if path.exists() and not path.is_file():  # a device or a pipe has no place to be put in
                path.write_bytes(data)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            ready[path] = path.with_name(f".{path.name}.{secrets.token_hex(4)}.unfinished")
            with ready[path].open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path, unfinished in ready.items():
            unfinished.replace(path)
        for folder in {path.parent for path in ready}:
            sync_folder(folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        for unfinished in ready.values():
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """A file's new name is safe when its folder is."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def check_writable(target: Path) -> None:
    """Raise `InputError` where `target` cannot be written: to be asked before the work, not after it."""
    folder = target.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if target.is_dir():
        raise InputError("cannot be written: it is a folder; name a file", path=target)
    if not folder.is_dir():
        raise InputError(f"cannot be written ({folder} is no folder)", path=target)
    if not os.access(target if target.exists() and not target.is_file() else folder, os.W_OK):
        raise InputError(f"cannot be written (no right to write in {folder})", path=target)


def identity(path: Path) -> tuple[int, int] | None:
    """What a file is known by, however its path is written; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino


def check_apart(target: Path, inputs: Iterable[Path]) -> None:
    """Raise `InputError` where `target` is one of the files that are read, whatever links and paths lead to it."""
    if (known := identity(target)) and any(identity(path) == known for path in inputs):
        raise InputError("is an input; write to another file", path=target)


def claim(target: Path) -> FileLock:
    """A lock held by the one process that writes `target`; the system lets go of it when the process dies, however it dies.

    Raises `CommuniqueError` where another process has it, `InputError` where nobody may write there.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(target.with_name(target.name + ".lock"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CommuniqueError(f"{target}: another process is writing this output; wait for it") from error
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=target) from error
    return lock


def release(lock: FileLock, *, keep: bool = False) -> None:
    """Let go of a lock, and of its file unless it is to be kept."""
    lock.release()
    if not keep:
        with suppress(OSError):
            Path(lock.lock_file).unlink()


@contextmanager
def sole_writer(target: Path) -> Iterator[None]:
    """Be the one process that writes `target`, meanwhile. Raises what `claim` raises."""
    lock = claim(target)
    try:
        yield
    finally:
        release(lock)
