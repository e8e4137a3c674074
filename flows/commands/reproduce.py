"""A published system rebuilt."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuroloom.flows.commands.completion import system_names
from neuroloom.flows.commands.options import Json
from neuroloom.flows.reproduce.systems import systems
from neuroloom.flows.tools.provenance import ALL

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Reproduction

PLACE = ("Networks and published systems", 3)
TOOLS = ALL


def reproduce(
    system: Annotated[
        str | None,
        typer.Argument(
            metavar="SYSTEM",
            help=f"a published system: {', '.join(systems())}",
            autocompletion=system_names,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="folder for reproduction.html, .json, .md and plots; with --all for one of each",
        ),
    ] = None,
    mnist: Annotated[
        Path | None,
        typer.Option(help="folder of MNIST's IDX files; scikit-learn's digits without it"),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="rebuild all of them")] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="print which systems there are, and rebuild none")
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option(help="with --list: Markdown file for the list")
    ] = None,
    as_json: Json = False,
) -> None:
    """Rebuild a published system: the paper's figures, ours beside them, and why they differ."""
    from neuroloom.flows.tools.errors import UsageError

    if (system is not None) + every + listed != 1:
        raise UsageError(
            f"name one published system ({', '.join(systems())}), or give --all or --list"
        )
    if markdown is not None and not listed:
        raise UsageError("--markdown is for the list of systems: give --list with it")
    if listed:
        for name, value in (("--output", output), ("--mnist", mnist)):
            if value is not None:
                raise UsageError(f"{name} is for what is rebuilt: leave it out with --list")
        _list(as_json, markdown)
    elif system is not None:
        _rebuild({system: output}, mnist, as_json)
    else:
        folders = {name: None if output is None else output / name for name in systems()}
        _rebuild(folders, mnist, as_json)


def _list(as_json: bool, markdown: Path | None) -> None:
    from neuroloom.flows.tools import terminal

    if markdown is not None:
        from neuroloom.flows.reproduce.listing import systems_markdown
        from neuroloom.flows.tools.writing import write_text

        write_text(markdown, systems_markdown(markdown.parent))
    if as_json:
        terminal.print_json(
            {
                name: {
                    "title": system.title,
                    "paper": system.paper,
                    "needs": list(system.needs),
                    "images": system.images,
                }
                for name, system in systems().items()
            }
        )
        return
    if markdown is not None:
        terminal.out.print(f"written: {markdown}", soft_wrap=True)
        return
    rows = [
        (name, system.title, system.paper, ", ".join(system.needs))
        for name, system in systems().items()
    ]
    columns = ("system", "what it is", "paper", "needs")
    terminal.out.print(terminal.table(columns, rows, "Published systems"))


def _rebuild(folders: dict[str, Path | None], mnist: Path | None, as_json: bool) -> None:
    """Systems one after the other, each printed and written as soon as it is there; several as
    JSON are one document."""
    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.reports.reproduction_page import write_reproduction_page
    from neuroloom.flows.reproduce.systems import reproduce as rebuild
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.writing import output_folder
    from neuroloom.golden.wording import plain

    alone = len(folders) == 1
    documents: dict[str, dict[str, Any]] = {}
    for name, folder in folders.items():
        images = mnist if alone or systems()[name].images else None
        with output_folder(folder):
            with terminal.progress(plain(name)) as advance:
                found = rebuild(name, advance, images)
            document = found.model_dump(mode="json")
            write = None if folder is None else partial(write_reproduction_page, found, folder)
            if alone or not as_json:
                deliver(as_json, document, partial(_show, found), write)
            else:
                files = write() if write else []
                documents[name] = {**document, "files": [str(file) for file in files]}
    if documents:
        terminal.print_json(documents)


def _show(reproduction: "Reproduction") -> None:
    from neuroloom.flows.reports.reproduction_page import conditions, judged, lists, verdict
    from neuroloom.flows.reports.reproduction_tables import cells, had, head, reasons
    from neuroloom.flows.tools import terminal

    terminal.out.print(f"{reproduction.title}: {reproduction.paper}", style="bold", soft_wrap=True)
    terminal.out.print(judged(reproduction.verdict), verdict(reproduction), soft_wrap=True)
    for claim in reproduction.claims:
        terminal.out.print(judged(claim), soft_wrap=True)
    for table in reproduction.tables:
        first, *numbers = head(table)
        rows = [cells(table, row) for row in table.rows]
        columns = (first, *(f">{name}" for name in numbers))
        terminal.out.print()
        terminal.out.print(terminal.table(columns, rows, f"{table.title} ({table.source})"))
        if had(table):
            terminal.out.print(had(table), style="dim", soft_wrap=True)
        for names, why in reasons(table):
            terminal.out.print(f"{names}: {why}", soft_wrap=True)
        if table.note:
            terminal.out.print(table.note, style="dim", soft_wrap=True)
    for title, heads, listed in lists(reproduction):
        terminal.out.print()
        terminal.out.print(terminal.table(heads, listed, title))
    terminal.out.print()
    for method in reproduction.methods:
        terminal.out.print(method, style="dim", soft_wrap=True)
    told = f"{reproduction.made.command}: {conditions(reproduction)}"
    terminal.out.print(told, style="dim", soft_wrap=True)
