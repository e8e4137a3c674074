"""Formal proofs of a macro's control logic."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows import catalogue
from neuroloom.flows.commands.options import Json, MacroName, Overrides, SpecFile, limit_option
from neuroloom.flows.errors import NotProved, OutputFailed, VerificationFailed
from neuroloom.flows.specification import read_spec


def prove(
    macro: MacroName,
    overrides: Overrides = None,
    depth: Annotated[
        int,
        typer.Option(
            min=2, max=10_000, help="how far the shortest counterexample is searched [cycle]"
        ),
    ] = 20,
    time_limit: Annotated[
        float, limit_option("time that each method may take for a property")
    ] = 60.0,
    fault: Annotated[
        str | None, typer.Option(help="prove a broken variant, to see that it is rejected")
    ] = None,
    waves: Annotated[
        Path | None, typer.Option(help="folder for a VCD file of every run that was found")
    ] = None,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Prove the properties of a macro for every input and any reset, and reach its covers.

    For macros with control logic, at small sizes: a few requesters, a few entries. The exit status
    is 0 when all is proved, 1 when a property is violated or a cover cannot be reached, and 4 when
    a search ended before either was found: more time, more depth or a smaller design decides it.
    """
    from neuroloom.flows import console
    from neuroloom.flows.formal.prove import prove as prove_macro
    from neuroloom.flows.writing import output_folder

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    with output_folder(waves), console.progress(f"{entry.name}: properties") as advance:
        result = prove_macro(
            chosen, depth, time_limit, fault, waves,
            progress=lambda finding: advance(f"{finding.name}: {finding.outcome}"),
        )  # fmt: skip
    if as_json:
        console.print_json(result.as_dict())
    else:
        console.print_proof(result)
    failed = [each for each in result.findings if each.failed]
    if failed:
        first = failed[0]
        raise VerificationFailed(
            f"{entry.name}: {first.name} {first.outcome}: {first.sentence}"
            + (f"; {len(failed) - 1} more failed" if len(failed) > 1 else "")
        )
    if result.unwritten:
        raise OutputFailed(result.unwritten)
    open_ones = [each for each in result.findings if not each.proved]
    if open_ones:
        first, number = open_ones[0], len(open_ones)
        raise NotProved(
            f"{entry.name}: {first.name} is not decided: {first.outcome}"
            + (f"; nor {'is' if number == 2 else 'are'} {number - 1} more" if number > 1 else "")
            + "; --time-limit and --depth allow more, a smaller design needs less"
        )
