"""Texts of papers, where they are at hand: their tables, sections, paragraphs and numbers."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from support.places import SHARED

PAPERS = SHARED / "papers"
NUMBER = re.compile(
    r"(?P<minus>[-−–]\s?)?"
    r"(?:(?P<mantissa>\d[\d.]*)\s*(?:×|x|\\times|\\cdot)\s*)?10\s*\^\s*\{?\s*(?P<power>[-−–]?\d+)\s*\}?"
    r"|(?P<sign>(?<![\w)}])[-−–]\s?)?(?P<plain>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:e(?P<exponent>[-−–]?\d+))?(?P<percent>\s*\\?%)?"
)
FRACTION = re.compile(r"(?<![\d./,])(\d{1,3})/([1-9]\d{0,2})(?![\d/])")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
HEADING = re.compile(r"^(?:([IVX]+|\d+(?:\.\d+)*)\. +)?([A-Z][^\t$|]{2,90})$")
CAPTION = re.compile(r"^(TABLE|Table|FIGURE|Figure|FIG\.|Fig\.) [IVX\d]+ ?[|.:]")


def paper_of(source: str) -> Path | None:
    """The text of a paper that is called like "Lu et al. 2021, …"; None where it is not there."""
    author, year = source.split()[0].lower(), re.search(r"\b(?:19|20)\d\d\b", source)
    assert year is not None, f"{source!r} names no year"
    found = sorted(PAPERS.glob(f"{author}-{year[0]}-*.txt")) or sorted(PAPERS.glob(f"{author}-*"))
    return found[0] if len(found) == 1 else None


def numbers(text: str) -> set[Decimal]:
    """Every number that a text prints: with thousands set apart, a minus sign, a power of ten, in
    words, as a fraction; one in percent is its share as well."""
    found = {Decimal(value) for value, word in enumerate(WORDS) if re.search(rf"\b{word}\b", text)}
    found |= {Decimal(upper) / Decimal(lower) for upper, lower in FRACTION.findall(text)}
    for each in NUMBER.finditer(text):
        if each["power"] is not None:
            value = Decimal(each["mantissa"] or 1) * Decimal(10) ** _integer(each["power"])
            found.add(-value if each["minus"] else value)
            continue
        value = Decimal(each["plain"].replace(",", ""))
        if each["exponent"]:
            value *= Decimal(10) ** _integer(each["exponent"])
        signed = -value if each["sign"] else value
        found.add(signed)
        if each["percent"]:
            found.add(signed / 100)
    return found


def _integer(text: str) -> int:
    return int(re.sub("[−–]", "-", text))


def part(text: str, place: str) -> str:
    """What a paper prints at a place; AssertionError where it has none."""
    section = re.fullmatch(r'Section "?(.+?)"?, paragraph (\d+)', place)
    if section is not None:
        return _paragraph(text, section[1], int(section[2]))
    if place == "Abstract":
        return text[: text.lower().index("introduction")]
    kind, name = place.partition(",")[0].split(maxsplit=1)
    if kind.startswith("Eq"):
        found = re.search(
            rf"\$\$[^$]*\(({name})\)\s*\$\$|\$\$[^$]*\\tag\{{{name}\}}[^$]*\$\$", text
        )
        assert found is not None, f"the paper has no equation {name}"
        return found[0]
    word = "TABLE" if kind == "Table" else "FIG(?:URE|[.])"
    lines = text.splitlines()
    number = re.sub(r"(?<=\d)[A-Za-z]$", "", name)
    starts = [
        at for at, line in enumerate(lines) if re.match(rf"{word} {number} ?[|.:]", line, re.I)
    ]
    assert starts, f"the paper has no {kind} {number}"
    return "\n".join(_block(lines, starts[0]))


def _block(lines: list[str], start: int) -> Iterator[str]:
    """A caption and the lines of its table; a line within a table may stand over all columns."""
    yield lines[start]
    begun = False
    for line, after in zip(lines[start + 1 :], [*lines[start + 2 :], ""], strict=True):
        row = _row(line)
        if CAPTION.match(line) or (line.strip() and not row and not (begun and _row(after))):
            return
        begun |= row
        yield line


def _row(line: str) -> bool:
    return "\t" in line or line.startswith("|")


def _paragraph(text: str, name: str, number: int) -> str:
    """A paragraph of a section, counted from its heading, subheadings not passed by. Pages and
    tables that a paragraph runs around are taken out of it."""
    lines = text.splitlines()
    starts = [at for at, line in enumerate(lines) if _named(line.strip(), name)]
    assert starts, f"the paper has no section {name}"
    found: list[str] = []
    ended = True
    for line in _prose(lines[starts[-1] + 1 :]):
        if _heading(line) and not line.endswith((".", ":", ",")):
            break
        goes_on = not ended or line[0].islower() or line.startswith("$$")
        if goes_on and found:
            found[-1] += " " + line
        else:
            found.append(line)
        ended = line.endswith((".", "!", "?", ":", ".]", ".)"))
    assert len(found) >= number, f"section {name} has {len(found)} paragraphs"
    return found[number - 1]


def _heading(line: str) -> re.Match[str] | None:
    """A numbered line, or one of which every longer word begins with a capital letter."""
    found = HEADING.match(line)
    capital = all(word[0].isupper() for word in re.findall(r"[A-Za-z]{4,}", line))
    return found if found is not None and (found[1] or capital) else None


def _named(line: str, name: str) -> bool:
    heading = _heading(line)
    return heading is not None and name in (heading[1], heading[2], line)


def _prose(lines: list[str]) -> Iterator[str]:
    """Lines that are neither of a table, nor a caption, nor empty."""
    block = False
    for line in (each.strip() for each in lines):
        if CAPTION.match(line):
            block = True
        elif not line:
            continue
        elif "\t" in line:
            block = True
        elif block and not line[0].isalpha() and len(line) < 40:
            continue
        else:
            block = False
            yield line
