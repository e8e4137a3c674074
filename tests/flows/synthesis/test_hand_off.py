"""What a mapped design is handed on as runs without this project."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from support.srams import MadeMacro, written
from support.verilog import with_icarus

from neuroloom.flows.cells.memories.names import MemoryMode
from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.synthesis.hand_off import MappedFiles, hand_off
from neuroloom.flows.synthesis.synthesize import Options, synthesize
from neuroloom.flows.synthesis.targets import target, with_srams
from neuroloom.flows.verify import verify
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec

SPEC = NeuronCoreSpec(neurons=16, axons=16)
MACROS = (MadeMacro(32, 16, 1, 3000.0), MadeMacro(32, 8, 2, 4000.0))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[TargetReport, MappedFiles]:
    folder = tmp_path_factory.mktemp("macros")
    cells = with_srams(target("predictive-45"), written(folder, *MACROS))
    mapped: list[MappedFiles] = []
    options = Options(memories=MemoryMode.SRAM, power=True)
    [report] = synthesize(of_spec(SPEC), [cells], options, mapped=mapped).targets
    [files] = mapped
    return report, files


def test_the_report_tells_macros_areas_energies_and_the_netlist(
    made: tuple[TargetReport, MappedFiles],
) -> None:
    report, files = made
    synapses, states = report.memories
    assert (synapses.name, synapses.words, synapses.width) == ("rows.synapses", 64, 16)
    assert synapses.macros == {"ihp_1p_32x16": 2} and synapses.ports == "one port"
    assert states.macros == {"ihp_2p_32x8": 4} and states.ports == "two ports"
    assert (synapses.area_um2, states.area_um2) == (6000.0, 16000.0)
    assert report.area is not None and report.area.memory_um2 == 22000.0
    assert report.area.total_um2 == pytest.approx(
        22000 + report.area.sequential_um2 + report.area.combinational_um2
    )
    power = report.power
    assert power is not None and power.reads > 0 and power.writes > 0
    inside = power.reads * MACROS[0].read + power.writes * MACROS[0].write
    # the rest are cycles without an access, 0.5 pJ each, and edges of inputs
    assert inside < power.memory_pj < 1.6 * inside
    assert report.resources["memories"] == 6
    assert report.netlist == hashlib.sha256(files.netlist.encode()).hexdigest()
    assert report.timing is not None and report.timing.path_ns > 1.5


def run(folder: Path, texts: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, text in texts.items():
        (folder / name).write_text(text)
    script = folder / "neuron_core_predictive-45.sh"
    return subprocess.run(
        ["sh", script], capture_output=True, text=True, check=False, timeout=100, cwd="/"
    )


@with_icarus
def test_the_script_runs_the_testbench_and_sees_a_wrong_netlist(
    made: tuple[TargetReport, MappedFiles], tmp_path: Path
) -> None:
    files = made[1]
    texts = hand_off(SPEC, [files])
    done = run(tmp_path, texts)
    assert done.returncode == 0 and "PASS" in done.stdout, done.stdout + done.stderr
    right = files.models
    for before, after in (
        ("words[A_ADDR] <= ", "words[A_ADDR ^ 1] <= "),
        ("(A_DIN & port_A_mask)", "(A_DIN & port_A_mask & 7)"),
    ):
        assert before in right
        wrong = texts | {"neuron_core_predictive-45_models.v": right.replace(before, after, 1)}
        done = run(tmp_path, wrong)
        assert done.returncode == 1 and "PASS" not in done.stdout


@with_icarus
@pytest.mark.parametrize("simulator", [SimulatorName.ICARUS, SimulatorName.VERILATOR])
def test_the_bench_passes_on_the_netlist(
    simulator: SimulatorName, made: tuple[TargetReport, MappedFiles]
) -> None:
    files = made[1]
    text = files.netlist + files.models
    result = verify(SPEC, operations=8, simulator=simulator, verilog=text, workers=1)
    assert result.passed, result.outcomes[0].message


def test_constraints_name_all_ports_and_the_clock(made: tuple[TargetReport, MappedFiles]) -> None:
    report, files = made
    assert report.timing is not None
    assert f"-period {1000 * report.timing.path_ns:.4f} " in files.sdc  # the library counts in ps
    assert "[get_ports {events_axon[3]}]" in files.sdc and "{clk}" not in files.sdc
    assert files.boxes.count("(* blackbox *)") == 2
