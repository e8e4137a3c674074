"""A convolutional network on a chip of in-memory-computing cores."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json

MOST = 1 << 16
"""Of rows, columns and words; far beyond what is built."""


def map_(
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
        int, typer.Option(min=1, max=MOST, help="bits of a word of the input memory")
    ] = 128,
    words: Annotated[
        int, typer.Option(min=1, max=MOST, help="words of the input memory of a core")
    ] = 512,
    bits: Annotated[int, typer.Option(min=1, max=64, help="bits of an activation")] = 8,
    timestep: Annotated[
        float, typer.Option(min=0.001, max=1e9, help="length of a timestep [ns]")
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
        int, typer.Option(min=1, max=64, help="most columns that pixels of a timestep lie in (ΔW)")
    ] = 1,
    grid_columns: Annotated[
        int | None, typer.Option(min=1, max=4096, help="cores in a row of the grid")
    ] = None,
    grid_rows: Annotated[
        int | None, typer.Option(min=1, max=4096, help="rows of the grid; nearly a square without")
    ] = None,
    images: Annotated[int, typer.Option(min=1, help="images of the batch")] = 10,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="folder for mapping.html, .md, .json and drawings"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Map a convolutional network to in-memory-computing cores and count its timesteps.

    Each layer goes to as few cores as possible. The table tells for every layer how it is split,
    what its crossbars and input memories hold, and when its activations are computed.
    """
    from neuroloom.flows import console
    from neuroloom.flows.errors import UsageError
    from neuroloom.flows.imc_mapping.cores import Chip
    from neuroloom.flows.imc_mapping.network_source import read_network
    from neuroloom.flows.imc_mapping.parallel import pixels_a_timestep
    from neuroloom.flows.imc_mapping.study import study
    from neuroloom.flows.reports.mapping_page import write_mapping_page
    from neuroloom.flows.reports.mapping_tables import (
        SHAPES_ONLY,
        key_figures,
        notes,
        terminal_rows,
    )

    if timestep != timestep:  # typer lets it pass
        raise UsageError("--timestep nan is no time")
    chip = Chip(rows, columns, word_bits, words, bits, timestep / 1e9)
    read = read_network(network)
    chosen = pixels_a_timestep(parallel, read)
    found = study(read, chip, chosen, widest, grid_columns, grid_rows, images)
    files = write_mapping_page(found, output) if output is not None else []
    figures = found.figures
    if as_json:
        made = {"files": [str(file) for file in files]}
        console.print_json({**figures.model_dump(mode="json"), **made})
        return
    head, cells = terminal_rows(figures)
    console.out.print(console.table(head, cells, f"{figures.network} on {figures.cores} cores"))
    console.out.print()
    summary = [
        (each.name, f"{each.value} {each.unit}".strip(), each.note) for each in key_figures(figures)
    ]
    console.out.print(console.table(("", "", ""), summary))
    only_shapes = (SHAPES_ONLY,) if network.suffix == ".onnx" else ()
    for note in (*notes(figures), *only_shapes):
        console.out.print(note, style="dim", soft_wrap=True, markup=False)
    for file in files:
        console.out.print(f"written: {file}", soft_wrap=True, markup=False)
