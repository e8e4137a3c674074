"""The command line. Every command is a call of the Python API with its result printed.

Its exit status is that of an error (``flows/errors.py``), or 0.
"""

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neuroloom.flows.commands.catalogue import list_macros, show
from neuroloom.flows.commands.compare import compare
from neuroloom.flows.commands.demo import demo
from neuroloom.flows.commands.doctor import doctor
from neuroloom.flows.commands.generate import generate
from neuroloom.flows.commands.import_ import import_
from neuroloom.flows.commands.map import map_
from neuroloom.flows.commands.options import LONGEST
from neuroloom.flows.commands.prove import prove
from neuroloom.flows.commands.reproduce import reproduce
from neuroloom.flows.commands.results import results
from neuroloom.flows.commands.simulate import simulate, simulation_rates
from neuroloom.flows.commands.sweep import sweep
from neuroloom.flows.commands.synth import synth, targets
from neuroloom.flows.commands.verify import verify
from neuroloom.flows.defects import exit_status
from neuroloom.flows.errors import NeuroloomError
from neuroloom.flows.process import TIME_VARIABLE
from neuroloom.flows.provenance import ALL, PROOF, SIMULATION, SYNTHESIS, recorded
from neuroloom.flows.started import Interrupted, ended_on_signals, own_scratch
from neuroloom.golden.wording import told


class Commands(TyperGroup):
    """The commands; a message about a wrong word does not repeat all of a long one."""

    def make_context(self, *words: Any, **options: Any) -> Any:
        with _cut_words():
            return super().make_context(*words, **options)

    def invoke(self, context: Any) -> Any:
        with _cut_words():
            return super().invoke(context)


@contextmanager
def _cut_words() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)
        if hasattr(error, "format_message") and isinstance(message, str):
            error.message = told(message)  # type: ignore[attr-defined]
        raise


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
        "generate": generate, "verify": verify, "prove": prove, "simulate": simulate,
        "synth": synth, "sweep": sweep, "compare": compare,
    },
    "Networks and published systems": {
        "import": import_, "map": map_, "reproduce": reproduce, "demo": demo,
    },
    "Measured again for docs/results": {
        "results": results, "simulation-rates": simulation_rates,
    },
}  # fmt: skip
TOOLS = {
    "verify": SIMULATION, "simulate": SIMULATION, "simulation-rates": SIMULATION,
    "map": SIMULATION, "prove": PROOF, "synth": SYNTHESIS, "sweep": SYNTHESIS,
    "reproduce": ALL, "demo": ALL, "results": ALL,
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
    if tool_limit is not None:
        os.environ[TIME_VARIABLE] = str(tool_limit)  # for processes that are started, too
    if version:
        print(f"neuroloom {metadata.version('neuroloom')}")
        raise typer.Exit


def main() -> None:
    """Entry point of the ``neuroloom`` command."""
    # threads of a BLAS only get in each other's way on matrices of this size
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may be no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with ended_on_signals(), own_scratch():
            try:
                app(prog_name="neuroloom")
            finally:
                sys.stdout.flush()
    except Interrupted as ended:
        name = signal.Signals(int(str(ended.code)) - 128).name
        with suppress(OSError):  # the terminal may be gone
            print(f"neuroloom: ended by {name}", file=sys.stderr, flush=True)
        raise
    except Exception as error:
        try:
            sys.stdout.flush()
        except OSError:  # what could not be printed is not tried again at the very end
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):  # whoever reads has seen enough
            sys.exit(NeuroloomError.exit_status)
        sys.exit(exit_status(error))
