"""Formal proofs of a macro's control logic."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuroloom.flows.commands.options import Json, MacroName, Overrides, SpecFile, limit_option
from neuroloom.flows.formal.limits import DEPTH, TIME_LIMIT
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.field_values import as_typed
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import NotProved, OutputFailed, VerificationFailed
from neuroloom.flows.tools.provenance import PROOF

if TYPE_CHECKING:
    from neuroloom.flows.formal.prove import ProofResult
    from neuroloom.flows.macros.catalogue import Macro
    from neuroloom.verif.companions import Companion

PLACE = ("Macros", 3)
TOOLS = PROOF


def prove(
    macro: MacroName,
    overrides: Overrides = None,
    depth: Annotated[
        int,
        typer.Option(
            min=2, max=10_000, help="how far the shortest counterexample is searched [cycle]"
        ),
    ] = DEPTH,
    time_limit: Annotated[
        float, limit_option("time for all properties of all specifications together")
    ] = TIME_LIMIT,
    only: Annotated[
        bool, typer.Option("--only", help="this specification alone, without companions")
    ] = False,
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

    For macros with control logic, at small sizes: a few requesters, a few entries. Without fields
    small companions are proved as well, in which every choice and every line of the hardware
    occurs. What is interrupted prints what it has decided. The exit status is 0 when all is proved,
    1 when a property is violated or a cover cannot be reached, and 4 when a search ended before
    either was found: more time, more depth or a smaller design decides it.
    """
    from neuroloom.flows.formal.engine import until
    from neuroloom.flows.formal.printed import print_proof, print_proved_companions
    from neuroloom.flows.formal.prove import Finding, ProofResult, prove_companions
    from neuroloom.flows.formal.prove import prove as prove_macro
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.started import Interrupted
    from neuroloom.flows.tools.writing import output_folder

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    left = until(time_limit)
    alone = only or bool(overrides or spec or fault) or not entry.has_properties
    with output_folder(waves), terminal.progress(f"{entry.name}: properties") as advance:

        def told(finding: Finding) -> None:
            findings.append(finding)
            advance(f"{finding.name}: {finding.outcome}")

        def proved(result: ProofResult) -> None:
            beside.append(result)
            findings.clear()

        def show(result: ProofResult) -> None:
            if as_json:
                terminal.print_json(_document(result, companions, beside))
                return
            print_proof(result)
            if beside:
                print_proved_companions(entry.name, companions[: len(beside)], beside)

        findings: list[Finding] = []
        beside: list[ProofResult] = []
        companions = () if alone else entry.small_companions(chosen)
        try:
            prove_companions(companions, depth, left, told, proved)
            result = prove_macro(chosen, depth, left(), fault, waves, progress=told)
        except Interrupted:
            own = tuple(findings) if len(beside) == len(companions) else ()
            show(ProofResult(chosen, fault, own))
            raise
    show(result)
    _refuse_failed(entry, (result, *beside))
    if result.unwritten:
        raise OutputFailed(result.unwritten)
    _refuse_undecided(entry, (result, *beside))


def _document(
    result: "ProofResult", companions: "Sequence[Companion]", beside: "Sequence[ProofResult]"
) -> dict[str, Any]:
    """What was proved as JSON; after an interruption there are fewer results than companions."""
    return {
        **result.as_dict(),
        "companions": [
            {**each.as_dict(), "shows": companion.shows}
            for companion, each in zip(companions, beside, strict=False)
        ],
    }


def _again(entry: "Macro", result: "ProofResult", number: int) -> str:
    """The command that proves a companion alone; nothing for what was asked for."""
    if not number:
        return ""
    fields = as_typed(result.spec, entry.standard)
    return f"\nrepeat it with: {shlex.join(['neuroloom', 'prove', entry.name, *fields])}"


def _refuse_failed(entry: "Macro", results: "tuple[ProofResult, ...]") -> None:
    """VerificationFailed with the first claim that failed, and what repeats a companion."""
    for number, result in enumerate(results):
        if not result.failed:
            continue
        first, more = result.failed[0], len(result.failed) - 1
        raise VerificationFailed(
            f"{_named(entry, number)}: {first.name} {first.outcome}: {first.sentence}"
            + (f"; {more} more failed" if more else "")
            + _again(entry, result, number)
        )


def _refuse_undecided(entry: "Macro", results: "tuple[ProofResult, ...]") -> None:
    """NotProved with the first claim that is not decided."""
    for number, result in enumerate(results):
        if not result.undecided:
            continue
        first, more = result.undecided[0], len(result.undecided) - 1
        raise NotProved(
            f"{_named(entry, number)}: {first.name} is not decided: {first.outcome}"
            + (f"; nor {'is' if more == 1 else 'are'} {more} more" if more else "")
            + "; --time-limit and --depth allow more, a smaller design needs less"
            + _again(entry, result, number)
        )


def _named(entry: "Macro", number: int) -> str:
    return f"{entry.name}, companion {number}" if number else entry.name
