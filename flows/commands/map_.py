"""A convolutional network on a chip of in-memory-computing cores."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroloom.flows.commands.effect import Need, Needs, without_effect
from neuroloom.flows.commands.options import Json, finite
from neuroloom.flows.tools.provenance import SIMULATION
from neuroloom.golden.imc.input_memory import Order

if TYPE_CHECKING:
    from neuroloom.flows.mapping.imc.study import MappingFigures

PLACE = ("Networks and published systems", 2)
TOOLS = SIMULATION

MOST = 1 << 16
"""Most rows, columns, words, cycles and images; far beyond what is built."""

HARDWARE = Need("no hardware is made without --verilog or --check")
SEVERAL = Need("no layer computes several pixels a timestep; --parallel asks for them")


def map_(
    context: typer.Context,
    network: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK",
            help="network file (.json), integer network (.npz) or ONNX file (.onnx)",
        ),
    ],
    rows: Annotated[int, typer.Option(min=1, max=MOST, help="rows of a crossbar")] = 256,
    columns: Annotated[int, typer.Option(min=1, max=MOST, help="columns of a crossbar")] = 256,
    word_bits: Annotated[
        int, typer.Option(min=1, max=MOST, help="width of a word of the input memory [bit]")
    ] = 128,
    words: Annotated[
        int, typer.Option(min=1, max=MOST, help="words of the input memory of a core")
    ] = 512,
    bits: Annotated[int, typer.Option(min=1, max=64, help="width of an activation [bit]")] = 8,
    timestep: Annotated[
        float, typer.Option(min=0.001, max=1e9, callback=finite, help="length of a timestep [ns]")
    ] = 100.0,
    parallel: Annotated[
        str,
        typer.Option(
            metavar="paced|N|NAME=N,...",
            help="pixels a timestep: paced so that every layer takes as long for a column, N of "
            "a column in all layers, or N in those that are named and 1 in others",
        ),
    ] = "1",
    widest: Annotated[
        int,
        typer.Option(min=1, max=64, help="most columns that pixels of a timestep lie in (ΔW)"),
        Needs(SEVERAL),
    ] = 1,
    grid_columns: Annotated[
        int | None, typer.Option(min=1, max=4096, help="cores in a row of the grid")
    ] = None,
    grid_rows: Annotated[
        int | None, typer.Option(min=1, max=4096, help="rows of the grid; nearly a square without")
    ] = None,
    images: Annotated[int, typer.Option(min=1, help="images of the batch")] = 10,
    verilog: Annotated[
        bool, typer.Option("--verilog", help="write the hardware of an integer network (.npz)")
    ] = False,
    check: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST,
            help="random images through the hardware, every score compared with integer numpy",
        ),
    ] = None,
    cycles: Annotated[
        int,
        typer.Option(min=1, max=MOST, help="length of a timestep of the hardware [cycle]"),
        Needs(HARDWARE),
    ] = 50,
    order: Annotated[
        Order,
        typer.Option(help="in which the hardware takes the pixels of an image"),
        Needs(HARDWARE),
    ] = Order.COLUMNS,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="folder for mapping.html, .md, .json, drawings and Verilog"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Map a convolutional network to in-memory-computing cores and count its timesteps.

    Each layer goes to as few cores as possible. The table tells for every layer how it is split,
    what its crossbars and input memories hold, and when its activations are computed. Of an
    integer network there is hardware: as Verilog with --verilog, in simulation with --check.
    """
    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.importing.network_source import read_integers, read_network
    from neuroloom.flows.mapping.imc.assemble import Style, assemble
    from neuroloom.flows.mapping.imc.built import built
    from neuroloom.flows.mapping.imc.cores import Chip
    from neuroloom.flows.mapping.imc.parallel import pixels_a_timestep
    from neuroloom.flows.mapping.imc.study import study
    from neuroloom.flows.reports.hardware_table import outcome
    from neuroloom.flows.reports.mapping_page import write_mapping_page
    from neuroloom.flows.reports.mapping_tables import SHAPES_ONLY
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.errors import UsageError, VerificationFailed
    from neuroloom.flows.tools.writing import output_folder

    if verilog and output is None:
        raise UsageError("--verilog has nowhere to write to: name a folder with --output")
    chip = Chip(rows, columns, word_bits, words, bits, timestep / 1e9)
    integers = read_integers(network) if verilog or check is not None else None
    read = read_network(network) if integers is None else integers.network
    chosen = pixels_a_timestep(parallel, read)
    wanted = bool(verilog) or check is not None
    several = any(number > 1 for number in chosen.values())
    warnings = without_effect(context, {HARDWARE: wanted, SEVERAL: several})
    for sentence in warnings:
        terminal.warn(sentence)
    with output_folder(output):
        mapped = study(read, chip, chosen, widest, grid_columns, grid_rows, images)
        emitted = None
        if integers is not None:
            style = Style(timestep=cycles, order=order)
            system = assemble(integers, mapped.layers, chip, style=style)
            with terminal.progress("building the hardware"):
                hardware, emitted = built(system, verilog, check)
            mapped = mapped.with_hardware(hardware)
        remarks = (SHAPES_ONLY,) if network.suffix == ".onnx" else ()
        deliver(
            as_json,
            {**mapped.figures.model_dump(mode="json"), "warnings": warnings},
            lambda: _print(mapped.figures, remarks),
            None if output is None else lambda: write_mapping_page(mapped, output, emitted),
        )
    built_as = mapped.figures.hardware
    checked = None if built_as is None else built_as.check
    if checked is not None and checked.differing is not None:
        raise VerificationFailed(f"{read.name} in hardware: {outcome(checked)}")


def _print(figures: "MappingFigures", remarks: tuple[str, ...]) -> None:
    from neuroloom.flows.reports.hardware_table import hardware_rows
    from neuroloom.flows.reports.mapping_tables import key_figures, notes, terminal_rows
    from neuroloom.flows.tools import terminal

    head, cells = terminal_rows(figures)
    terminal.out.print(
        terminal.figures_table(head, cells, f"{figures.network} on {figures.cores} cores")
    )
    terminal.out.print()
    summary = [
        (figure.name, f"{figure.value} {figure.unit}".strip(), figure.note)
        for figure in key_figures(figures)
    ]
    summary += hardware_rows(figures)
    terminal.out.print(terminal.table(("", "", ""), summary))
    for note in (*notes(figures), *remarks):
        terminal.out.print(note, style="dim", soft_wrap=True)
