"""What tab completion offers: macros, fields of the macro that was typed, their values, targets.

Called at each press of the key, so that nothing is imported here that takes long.
"""

from collections.abc import Iterator

import typer

from neuroloom.flows.macros import catalogue, index
from neuroloom.flows.reproduce.systems import systems

OFFERS = list[tuple[str, str]]


def macro_names(incomplete: str) -> OFFERS:
    """Macros whose name begins so, each with what it is."""
    return [
        (name, entry.summary)
        for name, entry in index.listed().items()
        if name.startswith(incomplete)
    ]


def fields(context: typer.Context, incomplete: str) -> OFFERS:
    """``field=`` of the macro on the command line; behind it the words that the field takes.

    To bash the sign is a word of its own, and no word at all when it comes last.
    """
    from neuroloom.flows.macros.field_values import kind_of, paths

    name = str(context.params.get("macro"))
    if name not in index.listed():
        return []
    macro = catalogue.macro(name)
    before = [str(word) for word in context.params.get(_list_of(context)) or ()]
    name, equals, begun = incomplete.partition("=")
    head = f"{name}="
    if before[-1:] == ["="] or (before and not incomplete and "=" not in before[-1]):
        name, equals, begun = [word for word in before if word != "="][-1], "=", incomplete
        head = ""
    if equals:
        words = _words(kind_of(macro.spec, name.split(".")))
        return [(head + word, "") for word in words if word.startswith(begun)]
    return [(f"{path}=", "") for path in paths(macro.spec) if path.startswith(incomplete)]


def _list_of(context: typer.Context) -> str:
    """The parameter that gathers fields."""
    return "values" if "values" in context.params else "overrides"


def target_names(incomplete: str) -> OFFERS:
    """Targets of synthesis."""
    from neuroloom.flows.synthesis.targets import TARGETS

    return [
        (name, target.description)
        for name, target in TARGETS.items()
        if name.startswith(incomplete)
    ]


def system_names(incomplete: str) -> OFFERS:
    """Published systems that can be rebuilt."""
    return [
        (name, system.title) for name, system in systems().items() if name.startswith(incomplete)
    ]


def _words(kind: object) -> Iterator[str]:
    from neuroloom.flows.macros.field_values import alternatives, entry_of

    for alternative in alternatives(kind):
        inner = entry_of(alternative) or alternative
        if inner is bool:
            yield from ("true", "false")
        yield from (str(one.value) for one in getattr(inner, "__members__", {}).values())
