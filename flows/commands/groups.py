"""The commands by their group in the help; the module of one is loaded when it is called.

A command is the function of its name in the module of its name: ``simulation_rates`` in
``simulation_rates.py``. Behind a word that Python has a meaning for stands a ``_``: ``import_``.
"""

import ast
import builtins
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

from neuroloom.flows.tools.provenance import ALL, PROOF, SIMULATION, SYNTHESIS, recorded

GROUPS = {
    "What there is": ("list", "show", "targets", "doctor"),
    "Macros": ("generate", "verify", "prove", "mutate", "simulate", "synth", "sweep", "compare"),
    "Networks and published systems": ("import", "map", "reproduce", "demo"),
    "Measured again for docs/results": ("results", "verification", "simulation-rates"),
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}
TOOLS = {
    "verify": SIMULATION,
    "simulate": SIMULATION,
    "simulation-rates": SIMULATION,
    "map": SIMULATION,
    "mutate": (*SIMULATION, *PROOF),
    "prove": PROOF,
    "synth": SYNTHESIS,
    "sweep": SYNTHESIS,
    "reproduce": ALL,
    "demo": ALL,
    "results": ALL,
    "verification": (*SIMULATION, *PROOF),
}
"""Whose versions a command's results name."""


def functions() -> Iterator[tuple[str, Callable[..., None]]]:
    """Every command with the function that it calls."""
    return ((name, function(name)) for name in GROUP_OF)


def function(name: str) -> Callable[..., None]:
    """What a command calls; its module is loaded."""
    word = _word(name)
    command: Callable[..., None] = getattr(import_module(f"neuroloom.flows.commands.{word}"), word)
    return recorded(command, TOOLS.get(name, ()))


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
