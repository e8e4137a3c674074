"""What was built once is not built again: folders keyed by the content they are made from.

A folder holds the digests of its files, which are checked before any of them is used: one that a
full disk, a crash or a stranger has changed is made anew, and that is said. Everything in it is a
program that this machine's compiler made, or data in a checked format; nothing is unpickled.
"""

import errno
import fcntl
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from neuroloom.flows.tools import started
from neuroloom.flows.tools.errors import DISK_ERRORS, OutputFailed, ToolFailed, UsageError
from neuroloom.flows.tools.owned import owned, remove, remove_abandoned
from neuroloom.golden.wording import visible

FORMAT = "neuroloom-cache-1"
"""Takes part in every key: folders of another form are never looked at."""
CONTENTS = "contents.json"
BUILDING, DAMAGED, LOCK = ".building-", ".damaged-", ".lock-"
LOCK_SECONDS = 300.0
"""How long one waits for another to make the same folder [s]: one that was stopped half-way holds
nobody up for good."""
POLL_SECONDS = 0.05
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
"""Errors of file systems that know no locks: the same is then made twice, and one is kept."""

_sound: dict[Path, object] = {}
"""Folders whose digests this process has checked, with what their files looked like then."""


def cache_folder() -> Path:
    """``$NEUROLOOM_CACHE`` where set, else the user's cache folder."""
    chosen = os.environ.get("NEUROLOOM_CACHE")
    return Path(chosen).resolve() if chosen else user_cache_path("neuroloom")


def cached_folder(name: str, parts: Sequence[str], make: Callable[[Path, Path], None]) -> Path:
    """The folder that ``make(scratch, result)`` fills for these ``parts``, made once.

    It is made aside and renamed, so that it is never half made, whatever is interrupted. Of those
    that want the same at the same time, one makes it and the others wait. One that is damaged is
    made anew, with a line on standard error. UsageError or OutputFailed when the cache cannot be
    written to.
    """
    key = hashlib.sha256(repr((FORMAT, *parts)).encode()).hexdigest()
    cache = cache_folder()
    folder = cache / f"{name}-{key[:20]}"
    if folder.exists() and not _damage(folder, key):
        return folder
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(cache, folder.name):
            # another one may have made or mended it meanwhile
            damage = _damage(folder, key) if folder.exists() else ""
            if damage:
                said = f"neuroloom: {folder} is damaged ({damage}); it is made anew"
                print(visible(said), file=sys.stderr)
            if damage or not folder.exists():
                _make(cache, folder, key, make)
    except OSError as error:
        kind = OutputFailed if error.errno in DISK_ERRORS else UsageError
        raise kind(
            f"cannot write to the cache {cache}: {error.strerror or error}; "
            "set NEUROLOOM_CACHE to a folder you can write to"
        ) from None
    return folder


def _make(cache: Path, folder: Path, key: str, make: Callable[[Path, Path], None]) -> None:
    for prefix in (BUILDING, DAMAGED):
        remove_abandoned(cache, prefix)
    with tempfile.TemporaryDirectory(
        dir=cache, prefix=owned(BUILDING), ignore_cleanup_errors=True
    ) as scratch:
        result = Path(scratch, "result")
        result.mkdir()
        make(Path(scratch), result)
        files = {name: _digest(result / name) for name in _files(result)}
        contents = {"format": FORMAT, "key": key, "files": files}
        (result / CONTENTS).write_text(json.dumps(contents, indent=1) + "\n")
        if folder.exists() and _damage(folder, key):
            aside = Path(tempfile.mkdtemp(dir=cache, prefix=owned(DAMAGED)))
            with suppress(FileNotFoundError):  # one that waited too long puts it aside, too
                folder.rename(aside / "folder")
            remove(aside)
        try:
            result.rename(folder)
        except OSError:
            if not folder.exists():  # otherwise another process came first
                raise


@contextmanager
def _alone(cache: Path, name: str) -> Iterator[None]:
    """Nobody else makes the folder of this name meanwhile, in this process or another one.

    The system gives up the lock of a process that dies; the file that it leaves goes with the
    next lock that is taken.
    """
    for file in cache.glob(f"{LOCK}*"):
        with suppress(OSError), file.open("rb") as left:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _unlock(left, file)
    file = cache / f"{LOCK}{name}"
    held = _lock(file)
    try:
        yield
    finally:
        if held is not None:
            _unlock(held, file)
            held.close()


def _lock(file: Path) -> IO[bytes] | None:
    """The file, locked; None where that cannot be, or took longer than ``LOCK_SECONDS``."""
    limit = time.monotonic() + LOCK_SECONDS
    while True:
        held = file.open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(held, file):
                return held
        except BlockingIOError:
            if time.monotonic() > limit:
                held.close()
                return None
            if started.ending():
                raise ToolFailed(
                    f"{file.name} was not waited for: the run is being ended"
                ) from None
            time.sleep(POLL_SECONDS)
        except OSError as error:
            held.close()
            if error.errno in NO_LOCKS:
                return None
            raise
        held.close()


def _unlock(held: IO[bytes], file: Path) -> None:
    """Give up a lock for this process and those it forked meanwhile, which hold the file, too."""
    if _is(held, file):
        file.unlink()
    fcntl.flock(held, fcntl.LOCK_UN)


def _is(held: IO[bytes], file: Path) -> bool:
    """Whether the file that is held is still the one of this name: others remove theirs."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(held.fileno()), file.stat())
    return False


def _damage(folder: Path, key: str) -> str:
    """What is wrong with a folder of the cache; empty when it is as it was made."""
    try:
        looks = [
            (name, each.st_mtime_ns, each.st_ctime_ns, each.st_size, each.st_ino, each.st_mode)
            for name in (*_files(folder), CONTENTS)
            for each in [(folder / name).stat()]
        ]
        if _sound.get(folder) == looks:
            return ""
        contents = json.loads((folder / CONTENTS).read_bytes())
        if (contents["format"], contents["key"]) != (FORMAT, key):
            return f"{CONTENTS} is of another folder"
        for name, digest in contents["files"].items():
            if _digest(folder / name) != digest:
                return f"{name} has changed"
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return f"{CONTENTS} cannot be read"
    _sound[folder] = looks
    return ""


def _files(folder: Path) -> list[str]:
    files = (str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir())
    return sorted(file for file in files if file != CONTENTS)


def _digest(file: Path) -> str:
    """Digest of the content, and whether the file can be executed."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return f"{digest} executable" if os.access(file, os.X_OK) else digest
