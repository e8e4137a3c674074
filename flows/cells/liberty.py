"""Liberty files as trees of groups: read, prune, merge, write.

The grammar is small: ``name : value ;``, ``name (arguments) ;`` and ``name (arguments) { … }``.
A general parser takes a minute for the larger open libraries; one pattern a statement takes
seconds.
"""

import gzip
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from neuroloom.flows.tools.errors import UsageError

# possessive throughout: what was taken is never taken apart again, so that time is linear
IGNORED = r"(?:\s++|\\\n|;|/\*(?>.*?\*/)|//[^\n]*+)*+"
STATEMENT = re.compile(
    IGNORED
    + r"""
    (?:(?P<end>\})
      |"?(?P<name>[\w.$\[\]]++)"?\s*+
       (?::\s*+(?P<value>"(?:[^"\\]++|\\.)*+"|[^;\n{}]*+)[^\S\n]*+(?:\s*+;|(?=[\n}]))
         |\((?P<arguments>(?:"[^"]*+"|[^()"]++)*+)\)\s*+(?P<group>\{)?
       )
    )""",
    re.DOTALL | re.VERBOSE,
)
NOTHING = re.compile(IGNORED, re.DOTALL)
ARGUMENT = re.compile(r'"([^"]*)"|([^\s,"\\]+)')
LATE = {"default_operating_conditions"}
"""Attributes that name a group and must follow it."""
EXPRESSIONS = {"function", "next_state", "clocked_on"}
"""Attributes that some tools take as strings only, be they a single digit."""
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
UNQUOTABLE = re.compile(r'["\\\n]')
NAMED = {"cell", "pin", "bus", "bundle"}
"""Groups whose names other tools are given: they are held to :data:`NAME`."""
NAME = re.compile(r"[A-Za-z0-9_.$\[\]:]+")
MOST_BYTES = 256 << 20
"""Largest text of a file, decompressed [byte]; the largest open libraries are a tenth of it."""
MOST_STATEMENTS = 2_000_000
"""Most statements of a file; the largest open libraries have a tenth of them."""
DEEPEST = 32
"""Groups within groups."""


@dataclass(slots=True)
class LibertyGroup:
    """``kind (names) { attributes, groups }``."""

    kind: str
    names: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    """Values of ``name : value``: the last of each name, without its quotes."""
    complexes: list[tuple[str, str]] = field(default_factory=list)
    """Names and arguments of ``name (arguments)``: all of them, as they were written."""
    groups: list["LibertyGroup"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""

    def all(self, kind: str) -> Iterator["LibertyGroup"]:
        """The groups of a kind, in order."""
        return (group for group in self.groups if group.kind == kind)

    def first(self, kind: str) -> "LibertyGroup | None":
        return next(self.all(kind), None)

    def number(self, name: str, default: float = 0.0) -> float:
        """An attribute as a number; the default where it is missing or is none."""
        match = NUMBER.match(self.attributes.get(name, ""))
        number = float(match.group()) if match else default
        if not isfinite(number):
            raise UsageError(f"{name} of {self.kind} {self.name} is too large a number")
        return number

    def arguments(self, name: str) -> str | None:
        """The arguments of the first complex attribute of that name."""
        return next((text for key, text in self.complexes if key == name), None)

    def numbers(self, name: str) -> list[float]:
        """All numbers among the arguments of a complex attribute."""
        found = [float(digits) for digits in NUMBER.findall(self.arguments(name) or "")]
        if not all(map(isfinite, found)):
            raise UsageError(f"{name} of {self.kind} {self.name} has too large a number")
        return found

    def write(self, indent: str = "") -> Iterator[str]:
        """Liberty text, a line at a time."""
        yield f"{indent}{self.kind} ({', '.join(_quoted(name) for name in self.names)}) {{"
        inner = indent + "  "
        for name, arguments in self.complexes:
            yield f"{inner}{name} ({arguments});"
        for name, value in self.attributes.items():
            if name not in LATE:
                yield f"{inner}{name} : {self._value(name, value)};"
        for group in self.groups:
            yield from group.write(inner)
        for name in LATE & self.attributes.keys():
            yield f"{inner}{name} : {self._value(name, self.attributes[name])};"
        yield f"{indent}}}"

    @staticmethod
    def _value(name: str, value: str) -> str:
        return f'"{value}"' if name in EXPRESSIONS else _quoted(value)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w.+-]+", value):
        return value
    return f'"{UNQUOTABLE.sub("_", value)}"'


def words(arguments: str) -> tuple[str, ...]:
    """The arguments of a statement, without quotes."""
    return tuple(quoted or plain for quoted, plain in ARGUMENT.findall(arguments))


def parse(text: str, source: str) -> LibertyGroup:
    """The library group of a Liberty text; UsageError, naming ``source``, when it is not one."""
    stack: list[LibertyGroup] = []
    position = statements = 0
    while (match := STATEMENT.match(text, position)) is not None:
        position = match.end()
        statements += 1
        if statements > MOST_STATEMENTS:
            raise UsageError(f"{source} has more than {MOST_STATEMENTS:,} statements; split it")
        if match["end"]:
            if not stack:
                break
            group = stack.pop()
            if not stack:
                return group
        elif match["value"] is not None:
            if not stack:
                break
            stack[-1].attributes[match["name"]] = match["value"].strip('" \t\r\n')
        elif match["group"]:
            group = LibertyGroup(match["name"], words(match["arguments"]))
            _check_names(group, source)
            if stack:
                stack[-1].groups.append(group)
            elif group.kind != "library":
                break
            stack.append(group)
            if len(stack) > DEEPEST:
                raise UsageError(f"{source} has more than {DEEPEST} groups within each other")
        elif not stack:
            break
        else:
            stack[-1].complexes.append((match["name"], _one_line(match["arguments"])))
    line = text.count("\n", 0, NOTHING.match(text, position).end()) + 1  # type: ignore[union-attr]
    if stack and not text[position:].strip():
        raise UsageError(f"{source} ends within its {stack[-1].kind} group; is it complete?")
    raise UsageError(f"{source} is not a Liberty file: line {line} cannot be read")


def _check_names(group: LibertyGroup, source: str) -> None:
    if group.kind not in NAMED:
        return
    for name in group.names or ("",):
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{source} names a {group.kind} {_shortened(name)}; such names are made of "
                "letters, digits and _ . $ [ ] : alone"
            )


def _shortened(text: str, most: int = 60) -> str:
    return ascii(text if len(text) <= most else f"{text[:most]}...")


def _one_line(arguments: str) -> str:
    """Arguments without the line breaks and backslashes of continued lines."""
    if "\n" not in arguments:
        return arguments.strip()
    lines = (line.strip().removesuffix("\\").rstrip() for line in arguments.split("\n"))
    return " ".join(line for line in lines if line)


def read_text(file: Path) -> str:
    """The text of a Liberty file, plain or gzipped; UsageError when it cannot be read."""
    try:
        with file.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            with gzip.GzipFile(fileobj=raw) if packed else nullcontext(raw) as stream:
                data = stream.read(MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"the Liberty file {file} is damaged: {error}") from None
    except OSError as error:
        raise UsageError(f"cannot read the Liberty file {file}: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise UsageError(
            f"the Liberty file {file} holds more than {MOST_BYTES >> 20} MB of text; "
            "split it, or leave out what synthesis does not use"
        )
    # one byte a character, whatever is in it; names are ASCII, and nothing else of it is shown
    return data.removeprefix(BOM_UTF8).decode("latin-1")


def read(file: Path) -> LibertyGroup:
    """The library in a file, plain or gzipped."""
    return parse(read_text(file), str(file))
