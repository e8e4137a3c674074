"""Networks trained elsewhere."""

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from neuroloom.flows.commands.effect import Need, Needs, without_effect
from neuroloom.flows.commands.options import Json
from neuroloom.flows.networks.folding import CYCLES_PER_IMAGE
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.bnn.layer_options import LayerOutput

PLACE = ("Networks and published systems", 1)


class InputLevels(StrEnum):
    """What a 0 and a 1 of the input stand for."""

    BIPOLAR = "bipolar"
    BINARY = "binary"


LEVELS = {InputLevels.BIPOLAR: (-1.0, 1.0), InputLevels.BINARY: (0.0, 1.0)}


INPUT_USED = Need("the graph makes bits of its input, and the network is the same")


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="ONNX file, plain or QONNX")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="specification to write, a TOML file")
    ] = Path("network.toml"),
    cycles: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"steps that each layer may take for an image; by default {CYCLES_PER_IMAGE}, "
            "for each position of the largest convolution",
        ),
    ] = None,
    input_levels: Annotated[
        InputLevels,
        typer.Option(
            "--input", help="values of the graph's input where it quantizes none: -1, +1 or 0, 1"
        ),
        Needs(INPUT_USED),
    ] = InputLevels.BIPOLAR,
    result: Annotated[
        LayerOutput | None,
        typer.Option(help="what the last layer gives; by default what the graph ends in"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn a trained binarized network from an ONNX file into a specification of a network."""
    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.importing.import_network import import_network, layers_of
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.writing import output_folder, written_aside

    if output.suffix != ".toml":
        raise UsageError(f"a specification is written to a file that ends in .toml, not {output}")
    with output_folder(output.parent):
        network, spec = import_network(file, cycles, LEVELS[input_levels], result)

    def input_matters() -> bool:
        (other,) = (levels for levels in InputLevels if levels is not input_levels)
        try:
            return import_network(file, cycles, LEVELS[other], result).spec != spec
        except UsageError:
            return True

    warnings = without_effect(context, {INPUT_USED: input_matters})
    for sentence in warnings:
        terminal.warn(sentence)
    rows: list[dict[str, Any]] = [
        {
            "nodes": each.nodes,
            "inputs": layer.inputs,
            "neurons": layer.neurons,
            "pe": layer.pe,
            "simd": layer.simd,
            "cycles": positions * layer.contract.interval,
            "output": layer.output,
        }
        for each, (layer, positions) in zip(network.layers, layers_of(spec), strict=True)
    ]

    def show() -> None:
        columns = (">layer", "nodes", ">inputs", ">neurons", ">pe", ">simd", ">cycles", "gives")
        cells = [
            (index, ", ".join(nodes), *rest)
            for index, (nodes, *rest) in enumerate(row.values() for row in rows)
        ]
        terminal.out.print(terminal.table(columns, cells, str(file)))
        for note in network.notes:
            terminal.out.print(note, soft_wrap=True)

    def write() -> list[Path]:
        with written_aside(output.parent) as aside:
            (aside / output.name).write_text(spec.to_toml(), encoding="utf-8")
        return [output]

    told = {"macro": spec.macro, "layers": rows, "notes": network.notes, "warnings": warnings}
    deliver(as_json, told, show, write)
    if not as_json:
        terminal.out.print(
            f"use it as in: neuroloom verify {spec.macro} --spec {shlex.quote(str(output))}",
            soft_wrap=True,
        )
