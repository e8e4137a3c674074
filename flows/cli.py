"""The command line. Every command is a call of the Python API with its result printed.

Its exit status is that of an error (``flows/errors.py``), or 0.
"""

import os
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neuroloom.flows.catalogue import nearest
from neuroloom.flows.commands.catalogue import list_macros, show
from neuroloom.flows.commands.compare import compare
from neuroloom.flows.commands.demo import demo
from neuroloom.flows.commands.doctor import doctor
from neuroloom.flows.commands.generate import generate
from neuroloom.flows.commands.import_ import import_
from neuroloom.flows.commands.map import map_
from neuroloom.flows.commands.mutate import mutate
from neuroloom.flows.commands.options import LONGEST
from neuroloom.flows.commands.prove import prove
from neuroloom.flows.commands.reproduce import reproduce
from neuroloom.flows.commands.results import results
from neuroloom.flows.commands.simulate import simulate, simulation_rates
from neuroloom.flows.commands.sweep import sweep
from neuroloom.flows.commands.synth import synth, targets
from neuroloom.flows.commands.verification import verification
from neuroloom.flows.commands.verify import verify
from neuroloom.flows.commands.wrong_words import in_a_sentence, refuse_empty_words
from neuroloom.flows.defects import exit_status
from neuroloom.flows.errors import OutputFailed, UsageError
from neuroloom.flows.process import TIME_VARIABLE, memory_limit
from neuroloom.flows.provenance import ALL, PROOF, SIMULATION, SYNTHESIS, recorded
from neuroloom.flows.started import CLOSED_PIPE, Interrupted, ended_on_signals, own_scratch, say_end
from neuroloom.flows.terminal import prepare_output
from neuroloom.golden.wording import quoted


class Commands(TyperGroup):
    """The commands; what is wrong with their words is told in a sentence."""

    def make_context(self, info_name: Any, args: list[str], *rest: Any, **options: Any) -> Any:
        refuse_empty_words(args)
        with in_a_sentence():
            return super().make_context(info_name, args, *rest, **options)

    def invoke(self, context: Any) -> Any:
        with in_a_sentence(context):
            return super().invoke(context)

    def resolve_command(self, context: Any, args: list[str]) -> Any:
        name = args[0]
        if not name.startswith("-") and self.get_command(context, name) is None:
            hint = nearest(name, self.list_commands(context))
            raise UsageError(f"no command is called {quoted(name)}; {hint}")
        return super().resolve_command(context, args)


app = typer.Typer(
    cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown",
    help="Neuromorphic and compute-in-memory macros as Verilog, proved and measured.",
    epilog="Exit status: 0 done, 1 a verification or a tool failed, 2 wrong input, 3 a tool is "
    "missing, 4 not decided: a proof came to its limit.",
)  # fmt: skip
GROUPS: dict[str, dict[str, Callable[..., None]]] = {
    "What there is": {
        "list": list_macros, "show": show, "targets": targets, "doctor": doctor,
    },
    "Macros": {
        "generate": generate, "verify": verify, "prove": prove, "mutate": mutate,
        "simulate": simulate, "synth": synth, "sweep": sweep, "compare": compare,
    },
    "Networks and published systems": {
        "import": import_, "map": map_, "reproduce": reproduce, "demo": demo,
    },
    "Measured again for docs/results": {
        "results": results, "verification": verification,
        "simulation-rates": simulation_rates,
    },
}  # fmt: skip
TOOLS = {
    "verify": SIMULATION, "simulate": SIMULATION, "simulation-rates": SIMULATION,
    "map": SIMULATION, "mutate": (*SIMULATION, *PROOF), "prove": PROOF,
    "synth": SYNTHESIS, "sweep": SYNTHESIS,
    "reproduce": ALL, "demo": ALL, "results": ALL,
    "verification": (*SIMULATION, *PROOF),
}  # fmt: skip
"""Whose versions a command's results name."""
for group, commands in GROUPS.items():
    for name, command in commands.items():
        app.command(name, rich_help_panel=group)(recorded(command, TOOLS.get(name, ())))


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
    tool_limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=int(LONGEST),
            envvar=TIME_VARIABLE,
            help="time that a compiler, yosys, place and route or timing may take, in place of "
            "the limit that each has [s]",
        ),
    ] = None,
) -> None:
    memory_limit()  # a wrong one is told at once
    if tool_limit is not None:
        os.environ[TIME_VARIABLE] = str(tool_limit)  # for processes that are started, too
    if version:
        print(f"neuroloom {metadata.version('neuroloom')}")
        raise typer.Exit


def main() -> None:
    """Entry point of the ``neuroloom`` command."""
    # threads of a BLAS only get in each other's way on matrices of this size
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    prepare_output()
    try:
        with ended_on_signals(), own_scratch():
            try:
                app(prog_name="neuroloom")
            finally:
                sys.stdout.flush()
    except Interrupted as ended:
        say_end(int(str(ended.code)) - 128)
        raise
    except Exception as error:
        try:
            sys.stdout.flush()
        except (OSError, OutputFailed):  # it is not tried again at the very end
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(CLOSED_PIPE if isinstance(error, BrokenPipeError) else exit_status(error))
