"""Networks trained elsewhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json
from neuroloom.flows.errors import UsageError
from neuroloom.flows.training.folding import CYCLES_PER_IMAGE
from neuroloom.golden.bnn.layer import LayerOutput


class InputLevels(StrEnum):
    """What a 0 and a 1 of the input stand for."""

    BIPOLAR = "bipolar"
    BINARY = "binary"


LEVELS = {InputLevels.BIPOLAR: (-1.0, 1.0), InputLevels.BINARY: (0.0, 1.0)}


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="ONNX file, plain or QONNX")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="specification to write, a TOML file")
    ] = Path("network.toml"),
    cycles: Annotated[
        int, typer.Option(min=1, help="steps that each layer may take for an image")
    ] = CYCLES_PER_IMAGE,
    input_levels: Annotated[
        InputLevels,
        typer.Option(
            "--input", help="values of the graph's input where it quantizes none: -1, +1 or 0, 1"
        ),
    ] = InputLevels.BIPOLAR,
    result: Annotated[
        LayerOutput | None,
        typer.Option(help="what the last layer gives; by default what the graph ends in"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn a trained binarized network from an ONNX file into a specification of bnn_network."""
    from neuroloom.flows import console
    from neuroloom.flows.cache import written_aside
    from neuroloom.flows.importing.network_file import import_network

    if output.suffix != ".toml":
        raise UsageError(f"a specification is written to a file that ends in .toml, not {output}")
    network, spec = import_network(file, cycles, LEVELS[input_levels], result)
    with written_aside(output.parent) as aside:
        (aside / output.name).write_text(spec.to_toml(), encoding="utf-8")
    if as_json:
        layers = [
            {
                "nodes": each.nodes, "inputs": layer.inputs, "neurons": layer.neurons,
                "pe": layer.pe, "simd": layer.simd, "cycles": layer.contract.interval,
                "output": layer.output,
            }
            for each, layer in zip(network.layers, spec.layers, strict=True)
        ]  # fmt: skip
        console.print_json({"layers": layers, "notes": network.notes, "files": [str(output)]})
        return
    rows = [
        (index, ", ".join(each.nodes), layer.inputs, layer.neurons, layer.pe, layer.simd,
         layer.contract.interval, layer.output)
        for index, (each, layer) in enumerate(zip(network.layers, spec.layers, strict=True))
    ]  # fmt: skip
    columns = (">layer", "nodes", ">inputs", ">neurons", ">pe", ">simd", ">cycles", "gives")
    console.out.print(console.table(columns, rows, str(file)))
    for note in network.notes:
        console.out.print(note, soft_wrap=True, markup=False)
    console.out.print(
        f"written: {output}; use it as in: neuroloom verify {spec.macro} --spec {output}",
        soft_wrap=True, markup=False,
    )  # fmt: skip
