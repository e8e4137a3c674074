"""What was built once is not built again: folders keyed by the content they are made from.

A folder holds the digests of its files, which are checked before any of them is used: one that a
full disk, a crash or a stranger has changed is made anew, and that is said. Everything in it is a
program that this machine's compiler made, or data in a checked format; nothing is unpickled.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from platformdirs import user_cache_path

from neuroloom.flows.tools.errors import DISK_ERRORS, OutputFailed, UsageError
from neuroloom.flows.tools.owned import owned, remove, remove_abandoned
from neuroloom.golden.wording import visible

FORMAT = "neuroloom-cache-1"
"""Takes part in every key: folders of another form are never looked at."""
CONTENTS = "contents.json"
BUILDING, DAMAGED = ".building-", ".damaged-"

_sound: dict[Path, object] = {}
"""Folders whose digests this process has checked, with what their files looked like then."""


def cache_folder() -> Path:
    """``$NEUROLOOM_CACHE`` where set, else the user's cache folder."""
    chosen = os.environ.get("NEUROLOOM_CACHE")
    return Path(chosen).resolve() if chosen else user_cache_path("neuroloom")


def cached_folder(name: str, parts: Sequence[str], make: Callable[[Path, Path], None]) -> Path:
    """The folder that ``make(scratch, result)`` fills for these ``parts``, made once.

    It is made aside and renamed, so that it is never half made, whatever is interrupted and
    whoever builds the same at the same time. One that is damaged is made anew, with a line on
    standard error. UsageError or OutputFailed when the cache cannot be written to.
    """
    key = hashlib.sha256(repr((FORMAT, *parts)).encode()).hexdigest()
    cache = cache_folder()
    folder = cache / f"{name}-{key[:20]}"
    if folder.exists():
        damage = _damage(folder, key)
        if not damage:
            return folder
        said = f"neuroloom: {folder} is damaged ({damage}); it is made anew"
        print(visible(said), file=sys.stderr)
    try:
        _make(cache, folder, key, make)
    except OSError as error:
        kind = OutputFailed if error.errno in DISK_ERRORS else UsageError
        raise kind(
            f"cannot write to the cache {cache}: {error.strerror or error}; "
            "set NEUROLOOM_CACHE to a folder you can write to"
        ) from None
    return folder


def _make(cache: Path, folder: Path, key: str, make: Callable[[Path, Path], None]) -> None:
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
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
            folder.rename(aside / "folder")
            remove(aside)
        try:
            result.rename(folder)
        except OSError:
            if not folder.exists():  # otherwise another process came first
                raise


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
