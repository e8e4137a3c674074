"""The verify flow in every installed simulator: passes, failures, crashes and hangs."""

from pathlib import Path

import pytest
from support.machine import INSTALLED, simulator_params

from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.simulation.verilator import UNIT_BYTES, translation_units
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.requantize import RequantizeSpec

SPEC = RequantizeSpec(input_bits=9, shift=3, output_bits=4)


@pytest.mark.parametrize("simulator", simulator_params())
@pytest.mark.flow
def test_a_right_macro_passes_and_leaves_no_waves(simulator: SimulatorName, tmp_path: Path) -> None:
    result = verify(SPEC, (1, 2), simulator=simulator, waves=tmp_path)
    assert result.passed, result.as_dict()
    assert not list(tmp_path.iterdir())
    assert [each.report["latency"] for each in result.outcomes] == [1, 1]


@pytest.mark.parametrize("simulator", simulator_params()[:2])
@pytest.mark.flow
def test_broken_verilog_fails_with_seed_index_values_and_waves(
    simulator: SimulatorName, tmp_path: Path
) -> None:
    text = emit(SPEC).verilog
    broken = text.replace("4'd7", "4'd6")
    assert broken != text
    result = verify(SPEC, (3,), simulator=simulator, verilog=broken, waves=tmp_path)
    (outcome,) = result.outcomes
    assert outcome.status == "failed"
    assert outcome.report["seed"] == 3
    assert "expected data=7, got data=6" in outcome.message
    assert "token " in outcome.message
    (file,) = result.waves
    assert file.read_text().startswith("$")


@pytest.mark.parametrize("simulator", simulator_params()[:2])
@pytest.mark.regression
def test_a_simulator_that_hangs_is_stopped(simulator: SimulatorName) -> None:
    loop = "reg stuck = 1'b1; always @(posedge clk) while (stuck) $fflush;"
    stuck = emit(SPEC).verilog.replace("endmodule", f"  {loop}\nendmodule", 1)
    (outcome,) = verify(SPEC, simulator=simulator, verilog=stuck, seconds=3).outcomes
    assert outcome.status == "stopped"
    assert outcome.message == "the simulation was stopped after 3 s without an end"


@pytest.mark.parametrize("simulator", simulator_params()[:2])
def test_a_simulation_that_ends_early_is_shown_with_its_log(simulator: SimulatorName) -> None:
    ending = emit(SPEC).verilog.replace(
        "endmodule", '  initial #200 begin $display("out of paper"); $finish; end\nendmodule', 1
    )
    (outcome,) = verify(SPEC, simulator=simulator, verilog=ending).outcomes
    assert outcome.status == "crashed"
    if simulator is SimulatorName.ICARUS:  # Verilator is built without delays: it refuses sooner
        assert "out of paper" in outcome.message


@pytest.mark.parametrize("simulator", simulator_params()[:2])
def test_verilog_that_does_not_compile_is_refused_in_the_tools_words(
    simulator: SimulatorName,
) -> None:
    wrong = emit(SPEC).verilog.replace("module requantize (", "module requantize ((")
    with pytest.raises(ToolFailed, match=r"(?s)failed with status.*syntax error"):
        verify(SPEC, simulator=simulator, verilog=wrong)


@pytest.mark.regression
def test_the_same_seed_takes_the_same_cycles_in_every_simulator() -> None:
    cycles = {
        simulator: verify(SPEC, (7,), simulator=simulator).outcomes[0].report["cycles"]
        for simulator, here in INSTALLED.items()
        if here
    }
    assert len(set(cycles.values())) == 1, cycles


def test_a_large_model_is_compiled_in_parts_by_every_processor(tmp_path: Path) -> None:
    parts = []
    for name, size in (("a", 1), ("b", UNIT_BYTES // 2), ("c", UNIT_BYTES - 1), ("d", 2)):
        parts.append(tmp_path / name)
        parts[-1].write_bytes(b" " * size)

    def units(parts: list[Path], processors: int) -> list[str]:
        return [
            "".join(part.name for part in unit) for unit in translation_units(parts, processors)
        ]

    assert units(parts, 8) == ["c", "b", "d", "a"]
    assert units(parts, 2) == ["cd", "ba"]
    assert units(parts, 1) == ["cd", "ba"]
    assert units(parts[:2], 8) == ["ba"]
    assert units([parts[0], parts[2]], 8) == ["c", "a"]
