"""Two runs of synthesis side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroloom.flows.commands.options import Json

if TYPE_CHECKING:
    from neuroloom.flows.reports.comparison import Comparison

PLACE = ("Macros", 8)


def compare(
    first: Annotated[
        Path, typer.Argument(metavar="A", help="report.json of `neuroloom synth -o`, or its folder")
    ],
    second: Annotated[Path, typer.Argument(metavar="B", help="the same of another run")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="folder for compare.html")
    ] = None,
    as_json: Json = False,
) -> None:
    """Two runs of `neuroloom synth` side by side: difference and ratio of every figure.

    The runs may be of different macros, specifications and targets; what only one of them has is
    shown without a difference.
    """
    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.reports.compare_page import write_compare_page
    from neuroloom.flows.reports.comparison import compare as compare_reports
    from neuroloom.flows.reports.comparison import read_report

    compared = compare_reports(read_report(first), read_report(second))
    deliver(
        as_json,
        compared.model_dump(mode="json"),
        lambda: _show(compared),
        None if output is None else lambda: [write_compare_page(compared, output)],
    )


def _show(compared: "Comparison") -> None:
    from neuroloom.flows.reports.compare_page import cells
    from neuroloom.flows.tools import terminal

    differing = [(field.name, field.first, field.second) for field in compared.fields]
    rows = [("macro", compared.first, compared.second), *differing]
    terminal.out.print(terminal.table(("", "A", "B"), rows))
    columns = ("", ">A", ">B", ">B − A", ">B / A")
    for warning in compared.warnings:
        terminal.warn(warning)
    for target in compared.targets:
        terminal.out.print()
        terminal.out.print(terminal.table(columns, map(cells, target.figures), target.target))
        for warning in target.warnings:
            terminal.out.print(warning, style="yellow", soft_wrap=True, markup=False)
        for note in target.notes:
            terminal.out.print(note, style="dim", soft_wrap=True)
