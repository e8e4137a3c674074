"""How a command hands over its result: printed first, written to its folder after."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from neuroloom.flows.tools import terminal
from neuroloom.flows.tools.started import Interrupted


@contextmanager
def goes_on_again() -> Iterator[None]:
    """Says, where a list of points is interrupted, that nothing of it is lost."""
    try:
        yield
    except Interrupted:
        with suppress(OSError):  # the terminal may be gone
            terminal.err.print("interrupted; what is finished is kept, the same command goes on")
        raise


def deliver(
    as_json: bool,
    document: dict[str, Any],
    show: Callable[[], None],
    write: Callable[[], Sequence[Path]] | None,
) -> None:
    """Print a result and write its files, which are named last; ``write`` returns them.

    What took hours is seen even though it cannot be written: the error comes after it.
    """
    files: Sequence[Path] = ()
    failure: Exception | None = None
    if not as_json:
        show()
    try:
        files = write() if write is not None else ()
    except Exception as error:
        failure = error
    if as_json:
        terminal.print_json({**document, "files": [str(file) for file in files]})
    for file in () if as_json else files:
        terminal.out.print(f"written: {file}", soft_wrap=True)
    if failure is not None:
        raise failure
