"""Points of code coverage that many specifications of a macro share.

Different parameters give different Verilog: more lanes, other widths, other numbers in names. So a
point is what remains when its numbers are left out: its module, its statement with the register or
net that it decides, and the way taken there; of a toggle the net, its bit and the direction. Where
a text has several such sites, the point is reached by it when all of them are: a lane that is idle
in every specification is seen, and one that only a specification with many lanes leaves idle is
not. What is compared with the ends of a format differs by what is known of it, so that the limits
of all fitted values of a module are two points. Nets that tell linters of unread inputs and
branches on constants are no points.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from neuroloom.flows.simulation.coverage_counts import CodeSite
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.golden.wording import quoted

CONSTANT = re.compile(r"\b\d*'s?[bdh][0-9a-fxz]+\b|\b\d+\b")
SPAN = re.compile(r"\[[\d:]+\]")
NUMBER = re.compile(r"\d+")
NAMELESS = re.compile(r"n\d+")
LABEL = re.compile(r"((?:\d+'[bdh][0-9a-fxz?]+,? ?)+:|default:) ?")
TARGET = re.compile(rf"\s*(?:{LABEL.pattern})?(?:wire |assign )?(?:\[\S+\] )?([\w\[\]:]+) <?= ")
TOGGLE = re.compile(r"(.+?)(?:\[(\d+)\])?:(0->1|1->0)")
CONSTANT_TEST = re.compile(r" *(else )?if \(\d+'[bdh]\d+\)")
LIMIT = re.compile(r"(if \().+( [<>] -?#\))")
FITTED = re.compile(r"fitted(_#)?")
QUIET = " = &{1'b0, "
OPERATORS = tuple(",=?:&|^+-*/<>%")
WAYS = {
    "if": "taken",
    "elsif": "taken",
    "case": "taken",
    "block": "run",
    "else": "not taken",
    "cond_then": "true",
    "cond_else": "false",
}


@dataclass(frozen=True, order=True)
class CodePoint:
    """What may be reached; numbers in names and texts are written as #."""

    kind: str
    """``line``, ``branch`` or ``toggle``."""
    module: str
    text: str
    """A statement, or a net; a net without a name is shown by its value."""
    way: str
    """``taken``, ``not taken``, ``run``, ``true``, ``false``, ``rises`` or ``falls``."""
    bit: int = -1
    """Number of the bit of a net that has several; -1 elsewhere."""


def reached_points(counts: Mapping[CodeSite, int], verilog: str) -> dict[CodePoint, bool]:
    """Points that the text has, and whether every one of their sites was met."""
    lines = verilog.split("\n")
    places = _places(counts)
    reached: dict[CodePoint, bool] = {}
    for site, count in counts.items():
        if QUIET in lines[site.line - 1] or CONSTANT_TEST.match(lines[site.line - 1]):
            continue
        point = _point(site, lines, places)
        reached[point] = reached.get(point, True) and count > 0
    return reached


def merged(texts: Iterable[Mapping[CodePoint, bool]]) -> dict[CodePoint, bool]:
    """Points of all texts; one is reached when any text reaches all of its sites."""
    reached: dict[CodePoint, bool] = {}
    for text in texts:
        for point, met in text.items():
            reached[point] = reached.get(point, False) or met
    return dict(sorted(reached.items()))


def _places(sites: Iterable[CodeSite]) -> dict[CodeSite, int]:
    """Number of each site among several of one event in a line."""
    columns: dict[tuple[int, str], list[int]] = {}
    wanted = [site for site in sites if site.event in ("cond_then", "cond_else")]
    for site in wanted:
        columns.setdefault((site.line, site.event), []).append(site.column)
    return {
        site: sorted(columns[site.line, site.event]).index(site.column)
        for site in wanted
        if len(columns[site.line, site.event]) > 1
    }


def _point(site: CodeSite, lines: list[str], places: Mapping[CodeSite, int]) -> CodePoint:
    module = NUMBER.sub("#", site.module)
    if site.kind == "toggle":
        net, bit, edge = _toggle(site.event)
        if NAMELESS.fullmatch(net):  # its number says nothing, its value does
            net = _statement(lines, site.line).partition(" = ")[2].rstrip(";") or net
        return CodePoint("toggle", module, _plain(net), "rises" if edge == "0->1" else "falls", bit)
    text = _context(lines, site.line)
    if site in places:
        text += f" (choice {places[site] + 1} of its line)"
    return CodePoint(site.kind, module, text, WAYS[site.event])


def _toggle(event: str) -> tuple[str, int, str]:
    """Net, bit and edge of ``net[bit]:0->1``; words of a memory are a part of the net."""
    matched = TOGGLE.fullmatch(event)
    if matched is None:
        raise ToolFailed(f"Verilator's coverage names no net by {quoted(event)}")
    return matched[1], int(matched[2] or -1), matched[3]


def _context(lines: list[str], number: int) -> str:
    """The statement at a line, with the register or net it decides."""
    statement = _statement(lines, number)
    if label := LABEL.match(statement):
        value = re.sub(r"\d+'", "'", label[1])  # whatever its width
        rest = _plain(statement[label.end() :])
        return f"{_target(lines, number)}: {_selector(lines, number)} {value} {rest}".rstrip()
    if TARGET.match(statement) or statement.startswith("."):
        return _plain(statement)
    target, condition = _target(lines, number), _plain(statement)
    if FITTED.fullmatch(target):
        target, condition = "fitted", LIMIT.sub(r"\1value\2", condition).replace("-#", "#")
    return f"{target}: {condition}"


def _statement(lines: list[str], number: int) -> str:
    """The text of the statement that line ``number`` (from 1) is a part of, on one line."""
    first = last = number - 1
    while first and _goes_on(lines[first - 1]) and not lines[first].lstrip().startswith("."):
        first -= 1
    while _goes_on(lines[last]) and not lines[last + 1].lstrip().startswith("."):
        last += 1
    return " ".join(line.strip() for line in lines[first : last + 1])


def _goes_on(line: str) -> bool:
    """Whether a statement is continued in the next line."""
    text = line.strip()
    return text.endswith(OPERATORS) and not LABEL.fullmatch(text) and not text.startswith("//")


def _target(lines: list[str], number: int) -> str:
    """The first register or net that the block around a line assigns."""
    first = number - 1
    while first and "always" not in lines[first]:
        first -= 1
    targets = (TARGET.match(line) for line in lines[first:])
    return next((_plain(target[2]) for target in targets if target), "")


def _selector(lines: list[str], number: int) -> str:
    """What the case statement around a label decides on."""
    label = lines[number - 1]
    outer = len(label) - len(label.lstrip())
    for line in reversed(lines[: number - 1]):
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent < outer:
            return _plain(line.strip())
    return ""


def _plain(text: str) -> str:
    """A text without its numbers."""
    return NUMBER.sub("#", CONSTANT.sub("#", SPAN.sub("[#]", text)))
