"""The last resort of the command line: what is no sentence yet becomes one, and is kept."""

import os
import re
import sys
import traceback

from neuroloom.flows.tools.cache import cache_folder
from neuroloom.flows.tools.errors import NeuroloomError, as_sentence
from neuroloom.golden.wording import LONGEST_REASON, cut, visible

SHOWN = "NEUROLOOM_TRACEBACK"
"""Environment variable that shows where in the program every error comes from."""
DETAILS = "defect.txt"
"""File of the last defect, in the cache folder."""
LONGEST_LINE = 2000
"""Characters of a line of a message; more would only push the rest off the screen."""
LONG_WORD = re.compile(r"\S{300,}")
"""No name of a file is so long; of a path, as of any other word, its beginning is said."""


def exit_status(error: Exception) -> int:
    """Say what went wrong in a sentence on standard error, and with which status to end."""
    if os.environ.get(SHOWN):
        traceback.print_exception(error)
    known = as_sentence(error)
    if known is not None:
        _say(str(known))
        return known.exit_status
    what = cut(f"{type(error).__name__}: {error}", LONGEST_REASON)
    _say(f"a defect of neuroloom, not of what it was given: {what}; {_kept(error)}")
    return NeuroloomError.exit_status


def _say(message: str) -> None:
    for number, line in enumerate(message.split("\n")):
        short = LONG_WORD.sub(lambda word: cut(word[0]), line[:LONGEST_LINE])
        print(f"{'' if number else 'neuroloom: '}{visible(short)}", file=sys.stderr)


def _kept(error: Exception) -> str:
    """Place of the traceback that is kept."""
    from importlib import metadata

    told = f"{SHOWN}=1 shows where"
    file = cache_folder() / DETAILS
    command = " ".join(map(repr, sys.argv[1:]))
    head = f"neuroloom {metadata.version('neuroloom')}, Python {sys.version.split()[0]}: {command}"
    text = "\n".join([head, *traceback.format_exception(error)])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return told
    return f"details are in {file}, and {told}: please report it with them"
