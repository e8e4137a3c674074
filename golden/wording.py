"""Values in sentences: at most a part of a line, whatever is in a file."""

import difflib
import re
import reprlib
from typing import Any
from unicodedata import category

LONGEST_VALUE = 60
"""Characters of a value that a message quotes."""
LONGEST_REASON = 300
"""Characters of what a library says, when a message repeats it."""

OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of Unicode: control, format, surrogate, line and paragraph separator."""

LONG_WORD = re.compile(rf"\S{{{LONGEST_VALUE + 1},}}")


class _Written(reprlib.Repr):
    """Values as in the documents that they come from: true, false and null."""

    def repr_bool(self, value: bool, level: int) -> str:
        return str(value).lower()

    def repr_NoneType(self, value: None, level: int) -> str:  # noqa: N802 - named by reprlib
        return "null"


_short = _Written()
_short.maxlevel = 3
_short.maxdict = _short.maxlist = _short.maxtuple = _short.maxset = _short.maxarray = 8
_short.maxstring = _short.maxlong = _short.maxother = LONGEST_VALUE


def quoted(value: Any) -> str:
    """The value as Python writes it, cut where it is long, and no more written than is shown."""
    return cut(_short.repr(value))


def plain(value: Any) -> str:
    """The same, but printable text stands without quotes."""
    if isinstance(value, str) and value.isprintable():
        return cut(value)
    return quoted(value)


def counted(number: int, what: str) -> str:
    """So many of something: 1 point, 2 points."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def nearest(word: str, choices: list[str]) -> str:
    """A hint for a misspelt word: the nearest choice, or all of them."""
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(choices)}"


def is_surrogate(letter: str) -> bool:
    """Whether it stands for a byte that is no text."""
    return category(letter) == "Cs"


def visible(text: str, but: str = "") -> str:
    """The text with what a terminal would obey spelt out: control characters other than ``but``,
    line ends, and marks that change the direction of writing.
    """
    return "".join(
        repr(character)[1:-1]
        if category(character) in OBEYED and character not in but
        else character
        for character in text
    )


def told(text: str) -> str:
    """What a library or a model says, on a line: values that it quotes are cut as well."""
    return cut(
        LONG_WORD.sub(lambda word: cut(word[0]), text[: 20 * LONGEST_REASON]), LONGEST_REASON
    )


def cut(text: str, most: int = LONGEST_VALUE) -> str:
    """One line of at most ``most`` characters; those that a terminal would obey are spelt out."""
    line = " ".join(text[: 2 * most].split())
    if not line.isprintable():
        line = "".join(
            character if character.isprintable() else repr(character)[1:-1] for character in line
        )
    return line if len(line) <= most else line[: most - 1] + "…"
