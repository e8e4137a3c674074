"""A published system rebuilt."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroloom.flows.commands.completion import SYSTEMS, system_names
from neuroloom.flows.commands.options import Json

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Reproduction


def reproduce(
    system: Annotated[
        str,
        typer.Argument(
            metavar="SYSTEM",
            help=f"a published system: {', '.join(SYSTEMS)}",
            autocompletion=system_names,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="folder for reproduction.html, .json, .md and plots"),
    ] = None,
    mnist: Annotated[
        Path | None,
        typer.Option(help="folder of MNIST's IDX files; scikit-learn's digits without it"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Rebuild a published system: the paper's figures, ours beside them, and why they differ."""
    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.reports.reproduction_page import write_reproduction_page
    from neuroloom.flows.reproduce.systems import reproduce as rebuild
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.writing import output_folder
    from neuroloom.golden.wording import plain

    with output_folder(output):
        with terminal.progress(plain(system)) as advance:
            found = rebuild(system, advance, mnist)
        deliver(
            as_json,
            found.model_dump(mode="json"),
            lambda: _show(found),
            None if output is None else lambda: write_reproduction_page(found, output),
        )


def _show(found: "Reproduction") -> None:
    from neuroloom.flows.reports.reproduction_page import cells, head, reasons
    from neuroloom.flows.tools import terminal

    terminal.out.print(f"{found.title}: {found.paper}", style="bold", soft_wrap=True)
    for each in found.tables:
        first, *numbers = head(each)
        rows = [cells(each, row) for row in each.rows]
        columns = (first, *(f">{name}" for name in numbers))
        terminal.out.print()
        terminal.out.print(terminal.table(columns, rows, f"{each.title} ({each.source})"))
        for names, why in reasons(each):
            terminal.out.print(f"{names}: {why}", soft_wrap=True)
        if each.note:
            terminal.out.print(each.note, style="dim", soft_wrap=True)
    terminal.out.print()
    for method in found.methods:
        terminal.out.print(method, style="dim", soft_wrap=True)
