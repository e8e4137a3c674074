"""The command line as it was typed, for sentences that repeat it."""

import shlex
import sys
from collections.abc import Sequence
from itertools import zip_longest

END = "--"
"""No option follows."""


def typed_again(**options: object) -> str:
    """The command that runs, with these options in place of what was typed; None leaves one out."""
    words = sys.argv[1:]
    end = words.index(END) if END in words else len(words)
    kept: list[str] = []
    names = {f"--{name}" for name in options}
    remaining = iter(words[:end])
    for word in remaining:
        if word in names:
            next(remaining, None)
        elif word.partition("=")[0] not in names:
            kept.append(word)
    for name, value in options.items():
        kept += [] if value is None else [f"--{name}", str(value)]
    return shlex.join(["neuroloom", *kept, *words[end:]])


def typed_value(names: Sequence[str]) -> str | None:
    """The last value of an option that has these names, as it was typed; None where it was not."""
    found = None
    words = sys.argv[1:]
    for word, following in zip_longest(words, words[1:]):
        name, equals, value = word.partition("=")
        if word in names:
            found = following
        elif equals and name in names:
            found = value
    return found
