"""The command line. Every command is a call of the Python API with its result printed.

Exit status: 0 done, 1 a verification or a tool failed, 2 wrong input, 3 a tool is missing.
"""

import os
import sys
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows import catalogue
from neuroloom.flows.errors import NeuroloomError, VerificationFailed
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.specification import read_spec

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Neuromorphic and compute-in-memory macros as Verilog, proved and measured.",
)  # fmt: skip

MacroName = Annotated[str, typer.Argument(metavar="MACRO", help="a name from `neuroloom list`")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FIELD=VALUE]...", help="fields of the Spec, such as width=256"),
]
SpecFile = Annotated[
    Path | None, typer.Option("--spec", help="read the Spec from a TOML or JSON file or manifest")
]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Simulator = Annotated[SimulatorName, typer.Option(help="simulator to use")]


@app.command("list")
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


@app.command()
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
        })  # fmt: skip
        return
    console.out.print(f"[bold]{entry.name}[/]: {chosen.summary}\n")
    parameters = console.parameter_rows(entry)
    console.out.print(
        console.table(("parameter", "default", "range", "meaning [unit]"), parameters)
    )
    console.out.print()
    ports = console.port_rows(chosen.streams)
    console.out.print(
        console.table(("", "port (with _valid and _ready)", ">bits", "meaning"), ports)
    )
    console.out.print(
        f"\n[bold]Contract[/]: the first {contract.operation} is complete {contract.latency} "
        f"cycles after its first token, then one follows every {contract.interval}."
    )
    console.out.print(f"[bold]Source[/]: {chosen.source}")


@app.command()
def generate(
    macro: MacroName,
    overrides: Overrides = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="folder to write to")] = Path(
        "out"
    ),
    name: Annotated[str | None, typer.Option(help="name of the Verilog module")] = None,
    seed: Annotated[int, typer.Option(help="seed of the golden vectors")] = 1,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Write Verilog, manifest, golden vectors and a self-checking Verilog testbench."""
    from neuroloom.flows import console
    from neuroloom.flows.generate import generate as generate_files

    entry = catalogue.macro(macro)
    made = generate_files(read_spec(entry, overrides or (), spec), output, name, seed)
    if as_json:
        console.print_json({**made.manifest, "files": [str(file) for file in made.files]})
        return
    rows = [(str(file), f"{file.stat().st_size:,} bytes") for file in made.files]
    console.out.print(console.table(("written", ">size"), rows))
    console.out.print(
        f"\nCheck it without Python, in {output}:\n  iverilog -g2005 -o {made.name}_tb.vvp "
        f"{made.name}.v {made.name}_tb.v && vvp -n {made.name}_tb.vvp",
        soft_wrap=True,
    )


@app.command()
def verify(
    macro: MacroName,
    overrides: Overrides = None,
    seeds: Annotated[int, typer.Option(min=1, help="how many seeds")] = 1,
    seed: Annotated[int, typer.Option(help="the first seed")] = 1,
    operations: Annotated[int | None, typer.Option(min=1, help="random operations a seed")] = None,
    simulator: Simulator = SimulatorName.AUTO,
    waves: Annotated[
        Path | None, typer.Option(help="folder for a VCD file of every seed, passed or not")
    ] = None,
    time_limit: Annotated[
        float, typer.Option(min=1, help="seconds after which a run is stopped")
    ] = 600.0,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Run the bench on the generated Verilog against the golden model."""
    from neuroloom.flows import console
    from neuroloom.flows.simulation.simulators import choose
    from neuroloom.flows.verify import verify as verify_macro

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    choice = choose(simulator)
    if choice.reason:
        console.err.print(f"[yellow]note:[/] {choice.reason}")
    with console.progress(f"{entry.name} in {choice.name}", seeds) as advance:
        result = verify_macro(
            chosen, range(seed, seed + seeds), operations, simulator,
            waves=waves or Path("waves"), always_waves=waves is not None, seconds=time_limit,
            progress=lambda _: advance(),
        )  # fmt: skip
    if as_json:
        console.print_json(result.as_dict())
    else:
        columns = (">seed", "outcome", ">operations", ">cycles", "latency / interval", "coverage",
                   ">time")  # fmt: skip
        console.out.print(
            console.table(columns, console.outcome_rows(result), f"{entry.name} in {choice.name}")
        )
        for file in result.waves:
            console.out.print(f"waves: {file}")
    failed = [each for each in result.outcomes if each.status != "passed"]
    if failed:
        first = failed[0].report.get("seed")
        given = ["--spec", str(spec)] if spec else []
        again = " ".join(["neuroloom verify", macro, *(overrides or ()), *given])
        raise VerificationFailed(
            f"{entry.name} {failed[0].status}, seed {first}: {failed[0].message}\n"
            f"repeat it with: {again} --seed {first}"
        )


@app.command()
def synth(
    macro: MacroName,
    overrides: Overrides = None,
    target: Annotated[
        list[str] | None, typer.Option(help="target, may be repeated; all by default")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="place-and-route seeds")] = 5,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Cells, Fmax and critical path on FPGAs, and generic gates."""
    from neuroloom.flows import console
    from neuroloom.flows.synthesis.report import synthesize_macro
    from neuroloom.flows.synthesis.targets import TARGETS
    from neuroloom.flows.synthesis.targets import target as find_target

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    targets = [find_target(name) for name in target or TARGETS]
    with console.progress(entry.name) as advance:
        report = synthesize_macro(chosen, targets, range(1, seeds + 1), advance)
    if as_json:
        console.print_json(report.model_dump(mode="json"))
        return
    for each in console.synthesis_tables(report):
        console.out.print(each)
        console.out.print()
    for result in report.targets:
        console.out.print(f"{result.target}: {result.method}", style="dim", soft_wrap=True)
        if result.timing:
            console.out.print(f"  {result.timing.method}", style="dim", soft_wrap=True)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="folder to write to")] = Path(
        "out/demo"
    ),
    seed: Annotated[int, typer.Option(help="seed of split and training")] = 0,
    simulator: Simulator = SimulatorName.AUTO,
    as_json: Json = False,
) -> None:
    """Train a network on real digits, run it in RTL, place it, and write an HTML report."""
    from neuroloom.flows import console
    from neuroloom.flows.demo import run_demo, summary_rows

    with console.progress("demo") as advance:
        result = run_demo(output, simulator=simulator, seed=seed, progress=advance)
    if as_json:
        console.print_json(result.model_dump(mode="json"))
        return
    console.out.print(console.table(("", ""), summary_rows(result)))
    console.out.print(f"\nreport: {output / 'report.html'}", soft_wrap=True)


@app.command()
def results(
    output: Annotated[Path, typer.Argument(help="folder to write to")] = Path("docs/results"),
    as_json: Json = False,
) -> None:
    """Measure the reference designs again and write the table of results."""
    from neuroloom.flows import console
    from neuroloom.flows.results import measure

    with console.progress("reference designs") as advance:
        files = measure(output, advance)
    if as_json:
        console.print_json({"files": [str(file) for file in files]})
        return
    for file in files:
        console.out.print(f"written: {file}", soft_wrap=True)


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> None:
    if version:
        print(f"neuroloom {metadata.version('neuroloom')}")
        raise typer.Exit


def main() -> None:
    """Entry point of the ``neuroloom`` command."""
    # threads of a BLAS only get in each other's way on matrices of this size
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except NeuroloomError as error:
        sys.stdout.flush()
        print(f"neuroloom: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
