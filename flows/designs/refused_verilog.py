"""What the slang front end refuses, as one sentence about the user's own files."""

import re
from collections.abc import Sequence
from pathlib import Path

from neuroloom.flows.designs.yosys import LOG
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.wording import plain, told

AT = re.compile(r"^(.+?):(\d+): ERROR: (.+?)(?: \[-W[\w-]+\])?$", re.M)
"""An error in a file, whose path is relative to the working folder."""
ANYWHERE = re.compile(r"^ERROR: (?!Exception)(.+)$", re.M)
"""An error of the whole; exceptions are failures of the front end's own."""
WRONG_TOP = re.compile(r"'.*' is not a valid top-level module")
MISSING = re.compile(r"'(.*)': No such file or directory")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
MODULE = re.compile(r"\bmodule\s+(?:automatic\s+|static\s+)?([A-Za-z_][\w$]*|\\\S+)")
NAMED = 8
"""Modules in a sentence."""


def refusal(folder: Path, files: Sequence[Path], top: str) -> UsageError | None:
    """The first error of ``files`` in the log of a working folder; None where that has none."""
    file = folder / LOG
    log = file.read_text(errors="replace") if file.exists() else ""
    errors = AT.findall(log)
    if errors:
        path, line, what = errors[0]
        where = f"{_as_given(folder.resolve() / path, files)}:{line}"
        missing = MISSING.fullmatch(what)
        if missing:
            return UsageError(
                f"{where} includes {plain(missing[1])}, which is not there: "
                "it is looked for beside the file that includes it"
            )
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return UsageError(f"the Verilog cannot be read: {where}: {told(what)}{more}")
    match = ANYWHERE.search(log)
    if match and WRONG_TOP.fullmatch(match[1]):
        return UsageError(_wrong_top(files, top))
    return UsageError(f"the Verilog cannot be read: {told(match[1])}") if match else None


def _as_given(found: Path, files: Sequence[Path]) -> str:
    """The path as the user gave it; that of an included file from where the user stands."""
    place = found.resolve()
    for file in files:
        if file.resolve() == place:
            return str(file)
    here = Path.cwd()
    return str(place.relative_to(here) if place.is_relative_to(here) else place)


def _wrong_top(files: Sequence[Path], top: str) -> str:
    named = ", ".join(map(str, files[:NAMED])) + (" and others" if len(files) > NAMED else "")
    modules = _modules(files)
    if top in modules:
        return (
            f"module {top} of {named} cannot be the top: "
            "it has parameters without a value, or is no module that stands alone"
        )
    if not modules:
        return f"there is no module {top} in {named}, nor any other"
    more = f" and {len(modules) - NAMED} more" if len(modules) > NAMED else ""
    shown = ", ".join(map(plain, modules[:NAMED]))
    return f"there is no module {top} in {named}: its modules are {shown}{more}"


def _modules(files: Sequence[Path]) -> list[str]:
    """Names of the modules in their order; comments hold none."""
    texts = [COMMENT.sub(" ", file.read_text(errors="replace")) for file in files]
    return list(dict.fromkeys(name for text in texts for name in MODULE.findall(text)))
