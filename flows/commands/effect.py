"""Options that change nothing for what was asked: each is said in a sentence, before the work.

An option declares beside its ``typer.Option`` what it needs in order to count::

    seeds: Annotated[int, typer.Option(help="..."), Needs(PLACED)] = 5

and its command tells which of the needs are met::

    warnings = without_effect(context, {SEVERAL: count > 1}, targets)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, get_args, get_origin, get_type_hints

import typer

from neuroloom.flows.tools.errors import UsageError

if TYPE_CHECKING:
    from neuroloom.flows.synthesis.targets import Target

GIVEN = "COMMANDLINE"
"""Name of the source of a parameter that the user wrote."""


@dataclass(frozen=True)
class Need:
    """Something without which an option does nothing."""

    lacking: str
    """Said where it is not there."""
    remedy: str = ""
    """How it is had, for options that are wrong without it."""


PLACED = Need("none of the targets is placed and routed")
CELLS = Need(
    "none of the targets is made of standard cells",
    "name one with --target, such as predictive-45, or give --liberty",
)

Held = bool | Callable[[], bool]


class Needs:
    """Needs of an option: all that it takes for it to have an effect.

    ``result`` is for an option that asks for a result and says why it needs what it needs: without
    it the command is wrong, and targets that do not have it are named.
    """

    def __init__(self, *needs: Need, result: str = "") -> None:
        self.needs = needs
        self.result = result


def without_effect(
    context: typer.Context, held: Mapping[Need, Held], targets: "Sequence[Target]" = ()
) -> tuple[str, ...]:
    """A sentence for each option of the command line that changes nothing.

    ``held`` are the needs of the command's options that are met or not, those of ``targets``
    aside; one that takes a while to find out is a function, called where it matters. UsageError
    for a result that cannot be had at all. Of options that the user did not write nothing is said.
    """
    able = {
        PLACED: [target.name for target in targets if target.placement is not None],
        CELLS: [target.name for target in targets if target.cells is not None],
    }

    def met(need: Need) -> bool:
        if need in able:
            return bool(able[need])
        holders = held[need]
        return holders if isinstance(holders, bool) else holders()

    said = []
    for option, needs in _given(context):
        missing = next((need for need in needs.needs if not met(need)), None)
        unable = [
            target.name for target in targets if target.name not in able.get(needs.needs[0], ())
        ]
        if missing is not None and needs.result:
            raise UsageError(f"{option}: {missing.lacking}; {missing.remedy}")
        if missing is not None:
            said.append(f"{option} does nothing: {missing.lacking}")
        elif needs.result and unable:
            said.append(f"{option} does nothing for {', '.join(unable)}: {needs.result}")
    return tuple(said)


def _given(context: typer.Context) -> Iterator[tuple[str, Needs]]:
    """The options that the user wrote and that need something, as they are written."""
    for name, needs in declared(context.command.callback).items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == GIVEN and context.params[name] is not False:
            (parameter,) = (param for param in context.command.params if param.name == name)
            yield max(parameter.opts, key=len), needs


def declared(command: object) -> dict[str, Needs]:
    """The needs of a command's options by the names of its parameters."""
    hints = get_type_hints(command, include_extras=True)
    return {
        name: part
        for name, hint in hints.items()
        if get_origin(hint) is Annotated
        for part in get_args(hint)[1:]
        if isinstance(part, Needs)
    }
