"""Verilog and what belongs to it."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json, MacroName, Overrides, SpecFile, seed_option
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.specification import read_spec

PLACE = ("Macros", 1)


def generate(
    macro: MacroName,
    overrides: Overrides = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="folder to write to")] = Path(
        "out"
    ),
    name: Annotated[str | None, typer.Option(help="name of the Verilog module")] = None,
    seed: Annotated[int, seed_option("the golden vectors")] = 1,
    memory_zeros: Annotated[
        bool,
        typer.Option(
            "--memory-zeros",
            help="begin with zeros in memories, too, that are written before they are read",
        ),
    ] = False,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Write Verilog, manifest, golden vectors and a self-checking Verilog testbench."""
    from neuroloom.flows.generate import generate as generate_files
    from neuroloom.flows.tools import terminal

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    for caution in chosen.cautions():
        terminal.warn(caution)
    made = generate_files(chosen, output, name, seed, memory_zeros)
    if made.manifest["vectors_left_out"]:
        terminal.warn(made.manifest["vectors_left_out"])
    if as_json:
        terminal.print_json({**made.manifest, "files": [str(file) for file in made.files]})
        return
    rows = [(str(file), f"{file.stat().st_size:,} bytes") for file in made.files]
    terminal.out.print(terminal.table(("written", ">size"), rows))
    sources = [file for file in made.files if file.suffix == ".v"]
    for bench in (file.stem for file in sources if file.stem.endswith("_tb")):
        terminal.out.print(
            f"\nCheck it without Python, in {output}:\n  iverilog -g2005 -o {bench}.vvp "
            f"{' '.join(file.name for file in sources)} && vvp -n {bench}.vvp",
            soft_wrap=True,
        )
