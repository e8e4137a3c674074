"""The command line. Every command is a call of the Python API with its result printed.

Its exit status is that of an error (``flows/tools/errors.py``), or 0.
"""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from neuroloom.flows.commands.groups import GROUP_OF, function, summary
from neuroloom.flows.commands.options import LONGEST
from neuroloom.flows.commands.wrong_words import in_a_sentence, refuse_empty_words
from neuroloom.flows.tools.defects import exit_status
from neuroloom.flows.tools.errors import OutputFailed, UsageError
from neuroloom.flows.tools.process import TIME_VARIABLE, memory_limit
from neuroloom.flows.tools.started import (
    CLOSED_PIPE,
    Interrupted,
    ended_on_signals,
    own_scratch,
    say_end,
)
from neuroloom.flows.tools.terminal import prepare_output
from neuroloom.golden.wording import nearest, quoted


def loaded(name: str) -> Any:
    """The command with all that it takes: its module is loaded."""
    alone = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=MARKUP
    )
    alone.command(name, rich_help_panel=GROUP_OF[name])(function(name))
    return typer.main.get_command(alone)


class Commands(TyperGroup):
    """The commands, each loaded when its name is met on the command line.

    What is wrong with their words is told in a sentence.
    """

    def list_commands(self, context: Any) -> list[str]:
        return list(GROUP_OF)

    def get_command(self, context: Any, name: str) -> Any:
        """What the list of commands says of one, without its options."""
        if name not in GROUP_OF:
            return None
        return TyperCommand(
            name, help=summary(name), rich_help_panel=GROUP_OF[name], rich_markup_mode=MARKUP
        )

    def make_context(self, info_name: Any, args: list[str], *rest: Any, **options: Any) -> Any:
        refuse_empty_words(args)
        with in_a_sentence():
            return super().make_context(info_name, args, *rest, **options)

    def invoke(self, context: Any) -> Any:
        with in_a_sentence(context):
            return super().invoke(context)

    def resolve_command(self, context: Any, args: list[str]) -> Any:
        name, *rest = args
        if name in GROUP_OF:
            return name, loaded(name), rest
        if not name.startswith("-"):
            hint = nearest(name, self.list_commands(context))
            raise UsageError(f"no command is called {quoted(name)}; {hint}")
        return super().resolve_command(context, args)


MARKUP: Any = "markdown"
app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=MARKUP,
    help="Neuromorphic and compute-in-memory macros as Verilog, proved and measured.",
    epilog="Exit status: 0 done, 1 a verification or a tool failed, 2 wrong input, 3 a tool is "
    "missing, 4 not decided: a proof came to its limit.",
)


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
        from importlib import metadata

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
