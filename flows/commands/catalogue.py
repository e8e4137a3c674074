"""What there is: the catalogue and its macros."""

from dataclasses import asdict

from neuroloom.flows import catalogue
from neuroloom.flows.commands.options import Json, MacroName, Overrides, SpecFile
from neuroloom.flows.specification import read_spec


def list_macros(as_json: Json = False) -> None:
    """The catalogue, a line a macro."""
    from neuroloom.flows import console

    macros = catalogue.macros().values()
    if as_json:
        console.print_json([
            {"name": each.name, "area": each.area, "summary": each.spec.summary}
            for each in macros
        ])  # fmt: skip
    else:
        console.out.print(console.catalogue_table(macros))


def show(
    macro: MacroName, overrides: Overrides = None, spec: SpecFile = None, as_json: Json = False
) -> None:
    """Parameters, ports, contract and source of a macro."""
    from neuroloom.flows import console

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    contract = chosen.contract
    if as_json:
        console.print_json({
            "name": entry.name, "summary": chosen.summary, "source": chosen.source,
            "schema": entry.spec.model_json_schema(),
            "spec": chosen.model_dump(mode="json", exclude_none=True),
            "streams": [asdict(stream) for stream in chosen.streams],
            "contract": asdict(contract),
            "memory_map": [asdict(memory) for memory in chosen.memory_map],
        })  # fmt: skip
        return
    console.out.print(f"[bold]{entry.name}[/]: {chosen.summary}\n")
    parameters = console.parameter_rows(entry)
    console.out.print(
        console.table(("parameter", "default", "range", "meaning [unit]"), parameters)
    )
    console.out.print()
    ports = console.port_rows(chosen.streams)
    controls = " and ".join(
        f"_{each}" for each in dict.fromkeys(c for s in chosen.streams for c in s.controls)
    )
    console.out.print(console.table(("", f"port (with {controls})", ">bits", "meaning"), ports))
    if chosen.memory_map:
        console.out.print()
        console.out.print(console.memory_table(chosen.memory_map))
    console.out.print(
        f"\n[bold]Contract[/]: the first {contract.operation} is complete {contract.latency} "
        f"cycles after its first token, then one follows every {contract.interval}"
        + (f", at the slowest; {contract.varies}" if contract.varies else "")
        + (f", without contention; {contract.contention}." if contract.contention else ".")
    )
    if contract.loss:
        console.out.print(f"[bold]Loss[/]: {contract.loss}.")
    for stream in chosen.output_streams:
        if stream.order:
            console.out.print(f"[bold]Order of {stream.name}[/]: {stream.order}")
    console.out.print(f"[bold]Source[/]: {chosen.source}")
