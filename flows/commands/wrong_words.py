"""What is wrong with the words of a command line, in one sentence that says what is right."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, get_args, get_type_hints

from typer.models import ParameterInfo

from neuroloom.flows.commands.typed import typed_value
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.started import CLOSED_PIPE
from neuroloom.golden.wording import nearest, plain, quoted, told

NO_WORDS = "NoArgsIsHelpError"
"""Error of typer whose help is printed already."""


@contextmanager
def in_a_sentence(context: Any = None) -> Iterator[None]:
    """What typer says of wrong words becomes a UsageError; a pipe that nobody reads is the end.

    ``context`` is typer's of the commands, where one of them was found.
    """
    try:
        yield
    except BrokenPipeError:
        raise SystemExit(CLOSED_PIPE) from None
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # rich leaves in its own way
            raise SystemExit(CLOSED_PIPE) from None
        raise
    except Exception as error:
        # typer's own classes: their names differ between its versions, what they have does not
        if not hasattr(error, "format_message") or type(error).__name__ == NO_WORDS:
            raise
        raise UsageError(_sentence(error, context)) from None


def refuse_empty_words(words: Sequence[str]) -> None:
    """UsageError for an empty word, which would be read as the folder that one is in."""
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if equals and not value and option.startswith("--"):
            raise UsageError(f"{plain(option)} is given nothing: write a value, or leave it out")
        if not word:
            before = f" behind {plain(words[place - 1])}" if place else ""
            raise UsageError(f"an empty word stands{before}: write a value, or leave it out")


def _sentence(error: Any, above: Any) -> str:
    context = getattr(error, "ctx", None)
    possible = getattr(error, "possibilities", None)
    parameter = getattr(error, "param", None)
    if hasattr(error, "option_name") and context is not None and possible is not None:
        choices = f"; did you mean {' or '.join(sorted(possible))}?" if possible else ""
        help_ = "" if possible else f"; `{context.command_path} --help` shows those there are"
        return f"{context.command_path} has no option {plain(error.option_name)}{choices}{help_}"
    if context is not None and parameter is not None and error.message:
        return _wrong_value(context, parameter, error.message)
    said = told(error.format_message()).removesuffix(".").replace("(s)", "s")
    path = context.command_path if context is not None else "neuroloom"
    if context is None and above is not None:
        path = f"{above.command_path} {above.invoked_subcommand}"
    return f"{said[:1].lower()}{said[1:]}; `{path} --help` shows what it takes"


def _wrong_value(context: Any, parameter: Any, message: str) -> str:
    """What the parameter takes, and the word that it was given."""
    kind, info = _declared(context.command.callback, parameter.name)
    name = max(parameter.opts, key=len)
    value = typed_value(parameter.opts)
    source = context.get_parameter_source(parameter.name)
    if source is not None and source.name == "ENVIRONMENT":
        name = parameter.envvar
        value = os.environ.get(name)
    word = "" if value is None else f", not {plain(value)}"
    kinds = [each for each in (kind, *get_args(kind)) if isinstance(each, type)]
    for each in kinds:
        if issubclass(each, Enum):
            choices = [str(member.value) for member in each]
            return f"{name} cannot be {quoted(value)}; {nearest(value or '', choices)}"
        if each in (int, float):
            number = "a whole number" if each is int else "a number"
            return f"{name} takes {number}{_range(info.min, info.max)}{word}"
    return f"{name}: {told(message).removesuffix('.')}{word}"


def _declared(command: Any, name: str) -> tuple[Any, Any]:
    """Type and typer's description of a command's parameter."""
    hint = get_type_hints(command, include_extras=True)[name]
    kind, *notes = get_args(hint)
    return kind, next(note for note in notes if isinstance(note, ParameterInfo))


def _range(least: float | None, most: float | None) -> str:
    low, high = (None if bound is None else _digits(bound) for bound in (least, most))
    if low is None:
        return "" if high is None else f" up to {high}"
    return f" from {low}" if high is None else f" from {low} to {high}"


def _digits(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
