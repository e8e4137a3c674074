"""What every command prints with: consoles, JSON, tables that cut no word, progress of long work.

Nothing is read as markup: names and paths stand as they are, brackets and all.
"""

import io
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from neuroloom.flows.tools.errors import OutputFailed, reason
from neuroloom.flows.tools.provenance import KEY, with_provenance
from neuroloom.golden.wording import visible


class Paper(Console):
    """A console on which nothing that is printed moves the cursor or changes a colour."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*map(_harmless, objects), **options)


def _harmless(each: Any, but: str = "\n\t") -> Any:
    """Text and str with control characters spelt out; all else, such as tables, as it is."""
    if isinstance(each, str):
        return visible(each, but)
    if isinstance(each, Text) and visible(each.plain, but) != each.plain:
        return Text(visible(each.plain, but), each.style)
    return each


out = Paper(highlight=False, markup=False, emoji=False)
err = Paper(stderr=True, highlight=False, markup=False, emoji=False)
GAP, NARROW_GAP = 2, 1
"""Columns between those of a table, and of one of many figures that is too wide otherwise."""
QUIET = 10.0
"""Seconds between two lines that differ in numbers alone."""
LISTED = 200
"""Points at most of which each has a line that says what came of it."""
NUMBER = re.compile(r"\d[\d.,e+-]*")


def print_json(value: Any) -> None:
    """One JSON document on standard output and nothing else; of a result, where it comes from."""
    if isinstance(value, dict) and KEY not in value:
        value = with_provenance(value)
    print(json.dumps(value, indent=2))


class _StandardOutput(io.FileIO):
    """Says what it is when it takes no more; whoever prints sees an error without a name."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputFailed(f"cannot write to standard output: {reason(error)}") from None


def prepare_output() -> None:
    """Let standard output take names of files that are no text, and name itself in errors."""
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):
        return
    stream.reconfigure(errors="backslashreplace")
    buffered = type(getattr(stream.buffer, "raw", None)) is io.FileIO
    if buffered or type(stream.buffer) is io.FileIO:  # as with PYTHONUNBUFFERED
        raw = _StandardOutput(stream.fileno(), "wb", closefd=False)
        buffer: Any = io.BufferedWriter(raw) if buffered else raw
        sys.stdout = io.TextIOWrapper(
            buffer,
            stream.encoding,
            stream.errors,
            line_buffering=stream.line_buffering,
            write_through=not buffered,
        )


def warn(sentence: str) -> None:
    """A sentence on standard error, for what is done and yet hardly meant."""
    err.print(Text.assemble(("warning:", "yellow"), f" {visible(sentence)}"), soft_wrap=True)


def note(sentence: str) -> None:
    """A sentence on standard error, for what is done and might be overlooked."""
    err.print(Text.assemble(("note:", "yellow"), f" {visible(sentence)}"), soft_wrap=True)


class Advance(Protocol):
    """Tells how far work has come: a stage's name, or how many points are done of all."""

    def __call__(
        self,
        words: str | None = None,
        done: int | None = None,
        total: int | None = None,
        ended: str = "",
    ) -> None:
        """``words`` begin a stage; without any, ``done`` points are finished, or one more, of
        which ``ended`` says what came of it.
        """


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Advance]:
    """How far long work is, on standard error; gives a function that moves it on.

    In a terminal a bar with points done of all, the time taken and the time left, which
    disappears. Elsewhere, in a file or a log, a line a stage with the time that it began.
    """
    description = visible(description)
    if err.is_terminal:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns: list[ProgressColumn] = [
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
        ]
        counted = [BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        with Progress(
            *columns, *counted * bool(total), TimeElapsedColumn(), console=err, transient=True
        ) as shown:
            task = shown.add_task(description, total=total)

            def advance(
                words: str | None = None,
                done: int | None = None,
                total: int | None = None,
                ended: str = "",
            ) -> None:
                if words is not None:
                    shown.update(task, description=visible(words))
                elif done is not None:
                    shown.update(task, completed=done, total=total)
                else:
                    shown.advance(task)

            yield advance
    else:
        yield _Lines(description, total)


class _Lines:
    """Progress as lines with the seconds since the work began."""

    def __init__(self, description: str, total: int | None) -> None:
        self._start = self._last = time.monotonic()
        self._words, self._done, self._total = description, 0, total
        self._print(description)

    def __call__(
        self,
        words: str | None = None,
        done: int | None = None,
        total: int | None = None,
        ended: str = "",
    ) -> None:
        now = time.monotonic()
        waited = now - self._last >= QUIET
        if words is not None:
            same = NUMBER.sub("", words) == NUMBER.sub("", self._words)
            if words != self._words and (waited or not same):
                self._words, self._last = words, now
                self._print(words)
            return
        self._done = self._done + 1 if done is None else done
        self._total = total or self._total
        last = self._done == self._total
        if ended and (waited or last or (self._total or 0) <= LISTED):
            self._last = now
            place = f"{self._done} of {self._total}: " if (self._total or 0) > 1 else ""
            self._print(f"{place}{ended}")
            return
        if self._total is None or self._total < 2 or not (waited or last):
            return
        self._last = now
        left = (now - self._start) / max(self._done, 1) * (self._total - self._done)
        rest = "" if last else f", about {duration(left)} left"
        self._print(f"{self._words}: {self._done} of {self._total}{rest}")

    def _print(self, words: str) -> None:
        elapsed = duration(time.monotonic() - self._start)
        err.print(f"{elapsed:>8}  {words}", soft_wrap=True)


def duration(seconds: float) -> str:
    """A time as people say it: 8.1 s, 95 s, 12 min, 3 h 20 min."""
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def table(
    columns: Iterable[str], rows: Iterable[Iterable[Any]], title: str = "", gap: int = GAP
) -> Table:
    """A plain table; columns whose name begins with > are aligned to the right.

    Cells are plain text, brackets and all, or rich Text. Columns are as wide as their longest word
    at least, wherever the terminal has room for that.
    """
    heads = list(columns)
    cells = [
        [
            _harmless(each, "") if isinstance(each, Text) else Text(visible(str(each)))
            for each in row
        ]
        for row in rows
    ]
    names = [Text(visible(head.removeprefix(">")), style="bold") for head in heads]
    if _least([names, *cells], gap) > out.width:
        gap = NARROW_GAP
    widths = _widths([names, *cells], gap)
    shown_title = Text(visible(title)) if title else None
    made = Table(
        title=shown_title,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, gap, 0, 0),
        pad_edge=False,
    )
    for head, name, width in zip(heads, names, widths, strict=True):
        justify: JustifyMethod = "right" if head.startswith(">") else "left"
        made.add_column(name, justify=justify, overflow="fold", width=width)
    for row in cells:
        made.add_row(*row)
    return made


def figures_table(columns: Iterable[str], rows: Iterable[Iterable[Any]], title: str = "") -> Table:
    """A table of many figures: its columns stand closer where the terminal is narrow."""
    heads, cells = list(columns), [list(row) for row in rows]
    plain: list[list[Any]] = [[head.removeprefix(">") for head in heads], *cells]
    across = sum(_lines(column) + GAP for column in _columns(plain)) - GAP
    return table(heads, cells, title, GAP if across <= out.width else NARROW_GAP)


def _least(rows: Sequence[Sequence[Text]], gap: int) -> int:
    """Columns of the terminal without which words must be cut."""
    columns = _columns(rows)
    return sum(map(_words, columns)) + gap * (len(columns) - 1)


def _widths(rows: Sequence[Sequence[Text]], gap: int) -> list[int | None]:
    """Width of each column; None where each line fits, or not even each word."""
    columns = _columns(rows)
    wanted = [_lines(column) for column in columns]
    needed = [_words(column) for column in columns]
    room = out.width - gap * (len(columns) - 1) - sum(needed)
    if sum(wanted) - sum(needed) <= room or room < 0:
        return [None] * len(columns)
    widths: list[int | None] = list(needed)
    wishes = sorted(range(len(columns)), key=lambda each: wanted[each] - needed[each])
    for place, column in enumerate(wishes):
        more = min(wanted[column] - needed[column], room // (len(wishes) - place))
        widths[column] = needed[column] + more
        room -= more
    return widths


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return [[str(cell) for cell in column] for column in zip(*rows, strict=True)]


def _lines(column: Iterable[str]) -> int:
    return max((cell_len(line) for cell in column for line in cell.splitlines()), default=0)


def _words(column: Iterable[str]) -> int:
    return max((cell_len(word) for cell in column for word in cell.split()), default=0)
