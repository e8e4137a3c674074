"""A macro in full."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from neuroloom.flows.commands.options import Json, MacroName, Overrides, SpecFile
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import UsageError

if TYPE_CHECKING:
    from neuroloom.golden.spec import Spec

PLACE = ("What there is", 2)


def show(
    macro: MacroName,
    overrides: Overrides = None,
    spec: SpecFile = None,
    diagram: Annotated[
        Path | None, typer.Option(help="SVG file for a drawing of the parts of a composed macro")
    ] = None,
    as_json: Json = False,
) -> None:
    """Parameters, ports, contract and source of a macro; parts and wires of a composed one."""
    from neuroloom.flows.commands.described import memory_table, part_table, port_rows
    from neuroloom.flows.macros.parameters import parameters
    from neuroloom.flows.tools import terminal
    from neuroloom.golden.composition import Composition
    from neuroloom.golden.unused import unused_fields

    def said(before: str, name: str, words: str) -> None:
        terminal.out.print(Text.assemble(before, (name, "bold"), f": {words}"))

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    contract = chosen.contract
    if diagram is not None:
        _draw(chosen, diagram)
    if as_json:
        terminal.print_json(
            {
                "name": entry.name,
                "summary": chosen.summary,
                "source": chosen.source,
                "schema": entry.spec.model_json_schema(),
                "spec": chosen.model_dump(mode="json", exclude_none=True),
                "unused": sorted(unused_fields(chosen)),
                "streams": [asdict(stream) for stream in chosen.streams],
                "contract": asdict(contract),
                "cautions": list(chosen.cautions()),
                "memory_map": [asdict(memory) for memory in chosen.memory_map],
                **_composed_of(chosen),
            }
        )
        return
    said("", entry.name, f"{chosen.summary}\n")
    shown = parameters(chosen)
    rows = [[Text(cell, "" if row.used else "dim") for cell in row[:4]] for row in shown]
    asked = bool(overrides or spec)
    columns = ("parameter", "value" if asked else "default", "range", "meaning [unit]")
    terminal.out.print(terminal.table(columns, rows))
    terminal.out.print()
    ports = port_rows(chosen.streams)
    controls = " and ".join(
        f"_{control}" for control in dict.fromkeys(c for s in chosen.streams for c in s.controls)
    )
    terminal.out.print(terminal.table(("", f"port (with {controls})", ">bits", "meaning"), ports))
    if chosen.memory_map:
        terminal.out.print()
        terminal.out.print(memory_table(chosen.memory_map))
    if isinstance(chosen, Composition):
        terminal.out.print()
        terminal.out.print(part_table(chosen))
    said(
        "\n",
        "Contract",
        f"the first {contract.operation} is complete {contract.latency} "
        f"cycles after its first token, then one follows every {contract.interval}"
        + (f", at the slowest; {contract.varies}" if contract.varies else "")
        + (f", without contention; {contract.contention}." if contract.contention else "."),
    )
    if contract.standstill:
        said("", "Standstill", f"{contract.standstill}.")
    if contract.fairness:
        said("", "Fairness", f"{contract.fairness}.")
    if contract.loss:
        said("", "Loss", f"{contract.loss}.")
    for caution in chosen.cautions():
        said("", "Caution", f"{caution}.")
    for stream in chosen.output_streams:
        if stream.order:
            said("", f"Order of {stream.name}", stream.order)
    said("", "Source", chosen.source)
    if diagram is not None:
        said("", "Drawing", str(diagram))


def _composed_of(spec: "Spec") -> dict[str, Any]:
    """Parts by name, and wires as they are written; nothing for a macro that is not composed."""
    from neuroloom.golden.composition import Composition

    if not isinstance(spec, Composition):
        return {}
    wiring = spec.wiring
    return {
        "parts": {
            name: {"macro": part.macro, "spec": part.model_dump(mode="json", exclude_none=True)}
            for name, part in wiring.parts.items()
        },
        "wires": [
            {
                "sources": list(wire.sources),
                "sink": wire.sink,
                "bits": wiring.width(wire),
                "queue": wire.places,
            }
            for wire in wiring.wires
        ],
    }


def _draw(spec: "Spec", file: Path) -> None:
    """UsageError for a macro without parts, or a file that is not named as an SVG file."""
    from neuroloom.flows.reports.block_diagram import block_diagram
    from neuroloom.flows.tools.writing import output_folder, written_aside
    from neuroloom.golden.composition import Composition

    if not isinstance(spec, Composition):
        raise UsageError(f"{spec.macro} is not composed of parts: there is nothing to draw")
    if file.suffix != ".svg":
        raise UsageError(f"a drawing is written to a file that ends in .svg, not {file}")
    with output_folder(file.parent), written_aside(file.parent) as aside:
        (aside / file.name).write_text(block_diagram(spec), encoding="utf-8")
