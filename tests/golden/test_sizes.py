"""Sizes: what is too wide is refused before any work; the greatest values are generated in time."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.effort import effort
from support.maxima import maxima, specification
from typer.testing import CliRunner

from neuroloom.flows.cli import app
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.sizes import MAX_PORT_BITS, port_bits
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec
from neuroloom.hdl.ports.flat import FlatPorts

SECONDS, BYTES = 60, 2 << 30
LARGE = (
    "pixel_pool channels=256",
    "zero_skip rows=256",
    "digital_cim columns=64",
    "xnor_popcount folds=65536",
)
GREATEST = tuple(f"{each.name} {override}" for each, override in maxima())
GENERATE = """
import sys
from pathlib import Path
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.generate import generate
from neuroloom.flows.macros.specification import read_spec
generate(read_spec(macro(sys.argv[1]), [sys.argv[2]]), Path(sys.argv[3]))
"""


@pytest.mark.parametrize(
    ("name", "override"),
    [
        ("accumulator_bank", "units=4096"),
        ("dataflow_controller", "channels=1024"),
        ("imc_core", "dataflow.channels=1024"),
    ],
)
@pytest.mark.parametrize("command", ["show", "generate"])
def test_too_many_port_bits_are_refused_with_what_to_lower(
    command: str, name: str, override: str, tmp_path: Path
) -> None:
    words = [command, name, override, *(["-o", str(tmp_path / "out")] * (command == "generate"))]
    done = CliRunner().invoke(app, words)
    said = done.output if done.exception is None else str(done.exception)
    assert done.exit_code != 0
    assert f"more than the {MAX_PORT_BITS} that can be described: lower {override}" in said
    assert not (tmp_path / "out").exists()


def test_the_same_is_refused_in_python() -> None:
    with pytest.raises(UsageError, match=r"would have 110605 port bits, .*: lower units=4096$"):
        emit(AccumulatorBankSpec(units=4096))


@pytest.mark.parametrize(
    ("override", "pixels"),
    [("height=256", (256, 6)), ("width=256", (6, 256)), ("stride=4", (2, 2))],
)
def test_windows_that_do_not_go_with_their_pool_are_refused(
    override: str, pixels: tuple[int, int]
) -> None:
    rows, columns = pixels
    with pytest.raises(UsageError) as refusal:
        read_spec(macro("bnn_conv_network"), [f"stages.0.window.{override}"])
    assert str(refusal.value) == (
        f"bnn_conv_network: stages.0: the layer gives {rows}×{columns} pixels but the pool takes "
        f"6×6: set pool.height={rows} and pool.width={columns}"
    )


def test_port_bits_are_those_of_the_module() -> None:
    for name in ("popcount", "aer_link", "cim_macro", "neuron_core"):
        spec = macro(name).spec()
        ports = FlatPorts(macro(name).component(spec)).ports
        assert port_bits(spec) == sum(map(len, ports.values())), name


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))


@pytest.mark.parametrize("case", effort(LARGE, LARGE + GREATEST))
@pytest.mark.flow
def test_generation_within_a_minute_and_two_gigabytes(case: str, tmp_path: Path) -> None:
    name, override = case.split()
    if specification(macro(name), override) is None:
        pytest.skip("fields that do not go together, or more than can be described")
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", GENERATE, name, override, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    assert done.returncode == 0, f"{time.monotonic() - begin:.0f} s: {done.stderr[-300:]}"
    assert json.loads((tmp_path / "out" / f"{name}_manifest.json").read_text())["macro"] == name
