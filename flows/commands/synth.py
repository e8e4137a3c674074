"""Area, timing and power."""

from typing import Annotated

import typer

from neuroloom.flows import catalogue
from neuroloom.flows.commands.options import Json, MacroName, Overrides, SpecFile
from neuroloom.flows.specification import read_spec


def synth(
    macro: MacroName,
    overrides: Overrides = None,
    target: Annotated[
        list[str] | None, typer.Option(help="target, may be repeated; all by default")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="place-and-route seeds")] = 5,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Cells, Fmax and critical path on FPGAs, and generic gates."""
    from neuroloom.flows import console
    from neuroloom.flows.synthesis.report import synthesize_macro
    from neuroloom.flows.synthesis.targets import TARGETS
    from neuroloom.flows.synthesis.targets import target as find_target

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    targets = [find_target(name) for name in target or TARGETS]
    with console.progress(entry.name) as advance:
        report = synthesize_macro(chosen, targets, range(1, seeds + 1), advance)
    if as_json:
        console.print_json(report.model_dump(mode="json"))
        return
    for each in console.synthesis_tables(report):
        console.out.print(each)
        console.out.print()
    for result in report.targets:
        console.out.print(f"{result.target}: {result.method}", style="dim", soft_wrap=True)
        if result.timing:
            console.out.print(f"  {result.timing.method}", style="dim", soft_wrap=True)
