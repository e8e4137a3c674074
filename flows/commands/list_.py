"""The catalogue, from its sources: no macro is loaded."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json

PLACE = ("What there is", 1)


def list_(
    markdown: Annotated[
        Path | None,
        typer.Option(help="Markdown file for the catalogue, with the files of each macro"),
    ] = None,
    as_json: Json = False,
) -> None:
    """The catalogue, a line a macro."""
    from rich.text import Text

    from neuroloom.flows.macros import index
    from neuroloom.flows.tools import terminal

    macros = index.listed().values()
    if markdown is not None:
        _write(markdown)
    if as_json:
        terminal.print_json(
            [{"name": macro.name, "area": macro.area, "summary": macro.summary} for macro in macros]
        )
        return
    if markdown is not None:
        terminal.out.print(f"written: {markdown}", soft_wrap=True)
        return
    rows = [(macro.area, Text(macro.name, style="bold"), macro.summary) for macro in macros]
    terminal.out.print(terminal.table(("area", "macro", "what it is"), rows))


def _write(file: Path) -> None:
    from neuroloom.flows.macros.catalogue_page import catalogue_markdown
    from neuroloom.flows.tools.writing import write_text

    write_text(file, catalogue_markdown())
