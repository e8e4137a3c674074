"""The commands by their group in the help; the module of one is loaded when it is called.

A command is the function of its name in the module of its name: ``simulation_rates`` in
``simulation_rates.py``. Behind a word that Python has a meaning for stands a ``_``: ``import_``.
Its module says where it stands in the help, ``PLACE = ("Macros", 2)``, and whose versions its
results name, ``TOOLS``; a module without a place is shared by commands and is none itself.
"""

import ast
import builtins
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

from neuroloom.flows.tools.provenance import recorded

FIRST = ("What there is", "Macros", "Networks and published systems")
"""Groups in the order of the help; others come after them."""
PLACE = re.compile(r'^PLACE = \("(?P<group>.+)", (?P<number>\d+)\)$', re.MULTILINE)


def found(folder: Path) -> dict[str, str]:
    """The group of every command whose module is in a folder, in the order of the help."""
    places = []
    for file in folder.glob("*.py"):
        place = PLACE.search(file.read_text(encoding="utf-8"))
        if place:
            group, name = place["group"], file.stem.removesuffix("_").replace("_", "-")
            rank = FIRST.index(group) if group in FIRST else len(FIRST)
            places.append((rank, group, int(place["number"]), name))
    return {name: group for _, group, _, name in sorted(places)}


GROUP_OF = found(Path(__file__).parent)


def functions() -> Iterator[tuple[str, Callable[..., None]]]:
    """Every command with the function that it calls."""
    return ((name, function(name)) for name in GROUP_OF)


def function(name: str) -> Callable[..., None]:
    """What a command calls; its module is loaded."""
    word = _word(name)
    module = import_module(f"neuroloom.flows.commands.{word}")
    command: Callable[..., None] = getattr(module, word)
    return recorded(command, getattr(module, "TOOLS", ()))


def summary(name: str) -> str:
    """What a command says it does, read from its source."""
    word = _word(name)
    tree = ast.parse(Path(__file__).with_name(f"{word}.py").read_bytes())
    command = next(
        statement
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef) and statement.name == word
    )
    return inspect.cleandoc(ast.get_docstring(command) or "")


def _word(name: str) -> str:
    word = name.replace("-", "_")
    return f"{word}_" if iskeyword(word) or hasattr(builtins, word) else word
