"""Liberty files as trees of groups: read, prune, merge, write.

The grammar is small: ``name : value ;``, ``name (arguments) ;`` and ``name (arguments) { … }``.
A general parser takes a minute for the larger open libraries; one pattern a statement takes
seconds.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from neuroloom.flows.errors import UsageError

STATEMENT = re.compile(
    r"""(?:\s|\\\n|;|/\*.*?\*/|//[^\n]*)*
    (?:(?P<end>\})
      |"?(?P<name>[\w.$\[\]]+)"?\s*
       (?::\s*(?P<value>"(?:[^"\\]|\\.)*"|[^;\n{}]*?)\s*(?:;|(?=\n|\}))
         |\((?P<arguments>(?:"[^"]*"|[^()"])*)\)\s*(?P<group>\{)?
       )
    )""",
    re.DOTALL | re.VERBOSE,
)
ARGUMENT = re.compile(r'"([^"]*)"|([^\s,"\\]+)')
CONTINUED = re.compile(r"\s*\\?\s*\n\s*")
LATE = {"default_operating_conditions"}
"""Attributes that name a group and must follow it."""
NOTHING = re.compile(r"(?:\s|;|/\*.*?\*/|//[^\n]*)*", re.DOTALL)
EXPRESSIONS = {"function", "next_state", "clocked_on"}
"""Attributes that some tools take as strings only, be they a single digit."""
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass
class Group:
    """``kind (names) { attributes, groups }``."""

    kind: str
    names: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    """Of ``name : value``: the last of each name, without its quotes."""
    complexes: list[tuple[str, str]] = field(default_factory=list)
    """Of ``name (arguments)``: all of them, the arguments as they were written."""
    groups: list["Group"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""

    def all(self, kind: str) -> Iterator["Group"]:
        """The groups of a kind, in order."""
        return (group for group in self.groups if group.kind == kind)

    def first(self, kind: str) -> "Group | None":
        return next(self.all(kind), None)

    def number(self, name: str, default: float = 0.0) -> float:
        """An attribute as a number; the default where it is missing or is none."""
        found = NUMBER.match(self.attributes.get(name, ""))
        return float(found.group()) if found else default

    def arguments(self, name: str) -> str | None:
        """The arguments of the first complex attribute of that name."""
        return next((text for each, text in self.complexes if each == name), None)

    def numbers(self, name: str) -> list[float]:
        """All numbers among the arguments of a complex attribute."""
        return [float(each) for each in NUMBER.findall(self.arguments(name) or "")]

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
    plain = re.fullmatch(r"[\w.+-]+", value)
    return value if plain else f'"{value}"'


def words(arguments: str) -> tuple[str, ...]:
    """The arguments of a statement, without quotes."""
    return tuple(quoted or plain for quoted, plain in ARGUMENT.findall(arguments))


def parse(text: str, source: str) -> Group:
    """The library group of a Liberty text; UsageError, naming ``source``, when it is not one."""
    stack: list[Group] = []
    position = 0
    while (found := STATEMENT.match(text, position)) is not None:
        position = found.end()
        if found["end"]:
            if not stack:
                break
            group = stack.pop()
            if not stack:
                return group
        elif found["value"] is not None:
            if not stack:
                break
            stack[-1].attributes[found["name"]] = found["value"].strip('"').strip()
        elif found["group"]:
            group = Group(found["name"], words(found["arguments"]))
            if stack:
                stack[-1].groups.append(group)
            elif group.kind != "library":
                break
            stack.append(group)
        elif not stack:
            break
        else:
            arguments = CONTINUED.sub(" ", found["arguments"])
            stack[-1].complexes.append((found["name"], arguments.strip()))
    line = text.count("\n", 0, NOTHING.match(text, position).end()) + 1  # type: ignore[union-attr]
    if stack and not text[position:].strip():
        raise UsageError(f"{source} ends within its {stack[-1].kind} group; is it complete?")
    raise UsageError(f"{source} is not a Liberty file: line {line} cannot be read")


def read_text(file: Path) -> str:
    """The text of a Liberty file, plain or gzipped; UsageError when it cannot be read."""
    try:
        data = file.read_bytes()
        return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode(
            "utf-8", "replace"
        )
    except OSError as error:
        raise UsageError(f"cannot read the Liberty file {file}: {error.strerror}") from None
    except (EOFError, zlib.error) as error:
        raise UsageError(f"the Liberty file {file} is damaged: {error}") from None


def read(file: Path) -> Group:
    """The library in a file, plain or gzipped."""
    return parse(read_text(file), str(file))
