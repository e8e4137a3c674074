"""Area, timing and power."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.cells.aim import Aim
from neuroloom.flows.cells.memories.names import SramAim
from neuroloom.flows.commands.completion import macro_names
from neuroloom.flows.commands.effect import CELLS, Need, Needs, without_effect
from neuroloom.flows.commands.options import (
    NO_CLOCK,
    CellAim,
    ClockPeriod,
    Corners,
    Json,
    Liberty,
    Memories,
    MemoryBits,
    Overrides,
    Power,
    Seeds,
    SpecFile,
    SramChoice,
    SramLiberty,
    TargetNames,
    known_macro,
)
from neuroloom.flows.designs.memories import MOST_BITS, refusal
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import NeuroloomError, ToolFailed, UsageError
from neuroloom.flows.tools.provenance import SYNTHESIS

PLACE = ("Macros", 6)
TOOLS = SYNTHESIS

OWN_VERILOG = Need("there is no --verilog whose top module it names")
A_MACRO = Need("--verilog has no specification")


def synth(
    context: typer.Context,
    macro: Annotated[
        str | None,
        typer.Argument(
            metavar="[MACRO]",
            help="a name from `neuroloom list`",
            autocompletion=macro_names,
            callback=known_macro,
        ),
    ] = None,
    overrides: Overrides = None,
    target: TargetNames = None,
    seeds: Seeds = 5,
    liberty: Liberty = None,
    dont_use: Annotated[
        list[str] | None, typer.Option(help="cells to leave out, as a shell pattern"), Needs(CELLS)
    ] = None,
    aim: CellAim = Aim.BALANCED,
    clock: ClockPeriod = None,
    power: Power = False,
    memories: Memories = None,
    sram_liberty: SramLiberty = None,
    sram_aim: SramChoice = SramAim.AREA,
    corners: Corners = False,
    memory_bits: MemoryBits = MOST_BITS,
    verilog: Annotated[
        list[Path] | None,
        typer.Option(help="(System)Verilog file of your own instead of a macro; may be repeated"),
    ] = None,
    top: Annotated[
        str | None, typer.Option(help="top module of --verilog"), Needs(OWN_VERILOG)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="folder for the report and netlists")
    ] = None,
    spec: Annotated[SpecFile, Needs(A_MACRO)] = None,
    as_json: Json = False,
) -> None:
    """Area, Fmax, critical path and energy on FPGAs, gates and standard cells.

    Without --target: an iCE40, an ECP5, two-input gates, predictive 45-nm cells, and the open
    kits below $PDK_ROOT; no cells where there is more memory than --memory-bits. With --liberty:
    those cells, and the targets that are named.
    """
    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.designs import design as designs
    from neuroloom.flows.reports.synth_page import write_synth_page
    from neuroloom.flows.synthesis.hand_off import MappedFiles, hand_off
    from neuroloom.flows.synthesis.printed import print_synthesis
    from neuroloom.flows.synthesis.synthesize import Options, only_flip_flops, synthesize
    from neuroloom.flows.synthesis.targets import (
        default_targets,
        liberty_target,
        unmatched,
        with_srams,
    )
    from neuroloom.flows.synthesis.targets import target as find_target
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.writing import output_folder

    if verilog and (macro is not None or top is None):
        raise UsageError("--verilog needs --top with the name of its top module, and no macro")
    if verilog and power:
        raise UsageError("--power needs the traffic of a macro; it cannot be had for --verilog")
    if macro is None and not verilog:
        raise UsageError("name a macro from `neuroloom list`, or give --verilog FILE --top NAME")
    asked = read_spec(catalogue.macro(macro), overrides or (), spec) if macro else None
    chosen = [find_target(name) for name in dict.fromkeys(target or ())]
    if liberty:
        chosen.append(liberty_target(liberty))
    chosen = [with_srams(one, sram_liberty or ()) for one in chosen or default_targets()]
    met = {NO_CLOCK: clock is None, OWN_VERILOG: bool(verilog), A_MACRO: not verilog}
    warnings = [*without_effect(context, met, chosen), *unmatched(dont_use or (), chosen)]
    warnings += asked.cautions() if asked else ()
    for sentence in warnings:
        terminal.warn(sentence)
    if asked is not None:
        design = designs.of_spec(asked)
    else:
        design = designs.of_files(verilog or (), top or "")
    options = Options(
        range(1, seeds + 1),
        aim,
        clock,
        tuple(dont_use or ()),
        power,
        memory_bits,
        memories,
        sram_aim,
        corners,
    )
    refused = refusal(design.memories, design.name, memory_bits)
    large = [one for one in chosen if one.cells is not None and only_flip_flops(one, options)]
    if refused and not (target or liberty) and large:
        chosen = [one for one in chosen if one not in large]
        warnings.append(f"standard cells are left out: {refused}")
        terminal.warn(warnings[-1])
    failed: list[NeuroloomError] = []
    mapped: list[MappedFiles] = []
    with output_folder(output):
        with terminal.progress(design.name) as advance:
            report = synthesize(design, chosen, options, advance, failed, mapped)
        report = report.model_copy(update={"warnings": tuple(warnings)})
        deliver(
            as_json,
            report.model_dump(mode="json"),
            lambda: print_synthesis(report),
            None
            if output is None
            else lambda: write_synth_page(report, output, hand_off(asked, mapped)),
        )
    if failed:
        wrong_use = all(isinstance(error, UsageError) for error in failed)
        raise (UsageError if wrong_use else ToolFailed)("\n".join(map(str, failed)))
