"""Verdicts kept in a file, a line of JSON each: a run that was broken off goes on from there."""

import os
from pathlib import Path

from pydantic import ValidationError

from neuroloom.flows.macros.index import entries
from neuroloom.flows.mutation.sources import code_digest
from neuroloom.flows.mutation.trial import Verdict
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.reading.refusal import reading
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.flows.tools.writing import cannot_write

NAME = "mutants-2.jsonl"
"""Name of the file in the cache; the number is that of the form of its lines."""


class Kept(Frozen):
    """A line of the file."""

    code: str
    """Digest of the sources of the macro that it was found with; others make it another verdict."""
    macro: str
    benches: str
    """Digest of the specifications that the mutant was put to."""
    mutant: str
    verdict: Verdict


class MutantStore:
    """What is known of mutants; without a file it is known until the end of the process."""

    def __init__(self, file: Path | None = None) -> None:
        """UsageError when the file cannot be read or holds something else; a last line that was cut
        off is left.
        """
        self.file = file
        self._known: dict[tuple[str, str], Verdict] = {}
        self._killers: dict[str, str] = {}
        self._begun = False
        if file is not None and file.exists():
            self._read(file)

    def _read(self, file: Path) -> None:
        with reading(file, "what is known of mutants"):
            text = read_text(file)
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            try:
                if line.strip():
                    self._remember(Kept.model_validate_json(line))
            except ValidationError:
                if number < len(text.splitlines()):
                    raise UsageError(
                        f"{file}, line {number}: this is no verdict on a mutant; name another file"
                    ) from None

    def verdict(self, benches: str, mutant: str) -> Verdict | None:
        """What became of the mutant under these benches, where that is known."""
        return self._known.get((benches, mutant))

    def killer(self, mutant: str) -> str | None:
        """A macro whose benches kill the mutant."""
        return self._killers.get(mutant)

    def put(self, macro: str, benches: str, mutant: str, verdict: Verdict) -> None:
        """Remember a verdict. OutputFailed or UsageError when the file cannot be written."""
        kept = Kept(code=_code(macro), macro=macro, benches=benches, mutant=mutant, verdict=verdict)
        self._remember(kept)
        if self.file is None:
            return
        line = kept.model_dump_json() + "\n"
        try:
            if not self._begun:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                _drop_cut(self.file)
            with self.file.open("a") as file:
                file.write(line)
        except OSError as error:
            raise cannot_write(self.file, error) from None
        self._begun = True

    def _remember(self, kept: Kept) -> None:
        if kept.code == _code(kept.macro):
            self._known[kept.benches, kept.mutant] = kept.verdict
            if kept.verdict.killed:
                self._killers.setdefault(kept.mutant, kept.macro)


def _drop_cut(file: Path) -> None:
    """Take off a last line that has no end, as after a crash."""
    if file.exists():
        whole = file.read_bytes().rpartition(b"\n")
        os.truncate(file, len(whole[0]) + len(whole[1]))


def _code(macro: str) -> str:
    """Digest of the sources of a macro as they are; empty where there is none of that name."""
    return code_digest(entries()[macro].path) if macro in entries() else ""
