"""How fast bulk simulation is: beside cocotb on the same traffic, and on a whole data set."""

import os
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from neuroloom.flows.networks.binarized import fold
from neuroloom.flows.networks.folding import network_spec
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.simulation.bulk.simulate import random_traffic, simulate
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.tools.markdown import table
from neuroloom.flows.tools.provenance import SIMULATION, document
from neuroloom.flows.tools.writing import written_aside
from neuroloom.flows.training import binarized
from neuroloom.flows.training.idx import LabelledImages, load_idx
from neuroloom.flows.verify import replay
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.ports import Integers
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import to_tokens
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec

TABLE = "bulk-simulation"
COCOTB_REPEATS = 3
BULK_REPEATS = 9
COCOTB_CYCLES = 20_000
BULK_CYCLES = 200_000
HIDDEN = (64, 32)
EPOCHS = 4
HALF = 127
"""Pixels above it, half of the range, are 1."""


@dataclass(frozen=True)
class Rate:
    """Cycles a second of one design in both harnesses. ``loop`` leaves out start and end."""

    design: str
    cocotb_loop: float
    cocotb_whole: float
    bulk_loop: float
    bulk_whole: float

    @property
    def speedup(self) -> float:
        return self.bulk_loop / self.cocotb_loop


@dataclass(frozen=True)
class DataSet:
    """MNIST's test images through a trained network."""

    network: str
    images: int
    correct: int
    cycles: int
    cycles_per_image: float
    build_seconds: float
    seconds: float
    """Everything but training: building, simulating, comparing with the golden model."""


def measure(
    folder: Path,
    mnist: Path | None,
    progress: Callable[[str], None] = lambda _: None,
    computed: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Measure every design, and MNIST from the IDX files in ``mnist``; write Markdown and JSON.

    ``computed`` is called with the table before it is written.
    VerificationFailed when a simulation differs from the golden model: there is no rate of a
    wrong simulation.
    """
    where = machine()
    rates = []
    with written_aside(folder) as aside:
        for design, spec in designs().items():
            progress(design)
            rates.append(measure_rate(design, spec))
        data = None
        if mnist is not None:
            progress("training on MNIST")
            data = measure_mnist(load_idx(mnist, "train"), load_idx(mnist, "t10k"))
        text = _markdown(where, rates, data)
        computed(text)
        (aside / f"{TABLE}.md").write_text(text, encoding="utf-8")
        (aside / f"{TABLE}.json").write_text(
            document(
                {
                    "machine": where,
                    "rates": [{**asdict(rate), "speedup": rate.speedup} for rate in rates],
                    "mnist": asdict(data) if data else None,
                },
                SIMULATION,
            )
        )
    return [folder / f"{TABLE}.md", folder / f"{TABLE}.json"]


def designs() -> dict[str, Spec]:
    """The measured designs by the names they have in the table."""
    rng = np.random.default_rng(1)
    layers = tuple(
        BnnLayerSpec.with_weights(rng.integers(0, 2, (neurons, inputs)), thresholds, pe, 16, output)
        for neurons, inputs, thresholds, pe, output in (
            (32, 64, rng.integers(28, 37, 32), 8, LayerOutput.BITS),
            (10, 32, None, 2, LayerOutput.CLASS),
        )
    )
    return {
        "popcount 64": PopcountSpec(width=64),
        "binary matrix unit 64×64, SIMD 32, PE 8, weights streamed": BnnLayerSpec(
            inputs=64, neurons=64, simd=32, pe=8, parameters=ParameterSource.STREAMED
        ),
        "binarized network 64-32-10, weights fixed": BnnNetworkSpec(layers=layers),
    }


def measure_rate(design: str, spec: Spec) -> Rate:
    """Both harnesses on random operations without gaps, medians of several runs.

    cocotb's loop is the difference of two runs of different length.
    """
    interval = spec.contract.interval
    short, long = COCOTB_CYCLES // interval, 3 * COCOTB_CYCLES // interval
    _cocotb(spec, 1)  # build
    pairs = [(_cocotb(spec, short), _cocotb(spec, long)) for _ in range(COCOTB_REPEATS)]
    loops = [(more - few) / (later - soon) for (few, soon), (more, later) in pairs]
    wholes = [cycles / seconds for _, (cycles, seconds) in pairs]

    traffic, setup = random_traffic(spec, BULK_CYCLES // interval, 1)
    operations = BULK_CYCLES // interval
    reports = []
    for _ in range(BULK_REPEATS):
        report = simulate(spec, traffic, setup, chunk=operations, workers=1).report
        whole = report.cycles / (report.seconds - report.build_seconds)
        reports.append((report.cycles_per_second, whole))
        if not report.passed:
            raise VerificationFailed(f"{design}, in bulk: {report.message}")
    return Rate(
        design,
        cocotb_loop=statistics.median(loops),
        cocotb_whole=statistics.median(wholes),
        bulk_loop=statistics.median(loop for loop, _ in reports),
        bulk_whole=statistics.median(whole for _, whole in reports),
    )


def measure_mnist(train: LabelledImages, test: LabelledImages) -> DataSet:
    """A network trained on pixels of one bit, and its Verilog on every test image."""
    with threadpool_limits(1):  # as in the demo: threads may change the rounding
        network = binarized.train(
            _bits(train.images),
            train.labels.astype(np.int64),
            [Dense(size) for size in HIDDEN],
            EPOCHS,
            seed=0,
        )
    spec = network_spec(fold(network))
    tokens = to_tokens(_bits(test.images), spec.layers[0].simd)
    result = simulate(spec, {"activations": {"bits": tokens}})
    report = result.report
    if not report.passed:
        raise VerificationFailed(f"MNIST, in bulk: {report.message}")
    predicted: Integers = result.outputs["result"]["index"]
    sizes = [spec.layers[0].inputs, *(layer.neurons for layer in spec.layers)]
    return DataSet(
        network="-".join(map(str, sizes)),
        images=len(test.labels),
        correct=int((predicted == test.labels).sum()),
        cycles=report.cycles,
        cycles_per_image=report.cycles_per_operation,
        build_seconds=report.build_seconds,
        seconds=report.seconds,
    )


def machine() -> str:
    """Processor, cores and what else runs on them, in words."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{model}, {cores} cores, of which other work took {min(load, cores):.1f} at the start"


def _cocotb(spec: Spec, operations: int) -> tuple[int, float]:
    """Cycles and seconds of a run under cocotb."""
    traffic, _ = random_traffic(spec, operations, 1)
    outcome = replay(spec, traffic, SimulatorName.VERILATOR).outcomes[0]
    if outcome.status != "passed":
        raise VerificationFailed(f"{spec.macro}, under cocotb: {outcome.message}")
    return outcome.report["cycles"], outcome.seconds


def _bits(images: Integers) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return (images > HALF).reshape(len(images), -1).astype(np.uint8)


def _markdown(where: str, rates: list[Rate], data: DataSet | None) -> str:
    lines = [
        "# Rates of simulation",
        "",
        f"Written by `neuroloom simulation-rates` on {where};",
        "rates depend on the machine and on what else it does.",
        "Both harnesses run the same Verilog in Verilator, without gaps, every result compared "
        "with the golden model.",
        f"Rates are thousands of clock cycles a second in one process, medians of {COCOTB_REPEATS} "
        f"and {BULK_REPEATS} runs: of the",
        "simulation loop alone, and of a whole call after the build, with tokens packed and golden "
        f"model run, on {3 * COCOTB_CYCLES:,}",
        f"cycles under cocotb and {BULK_CYCLES:,} in bulk.",
        "",
    ]
    rows = [
        (
            each.design,
            *(f"{rate / 1e3:.1f}" for rate in (each.cocotb_loop, each.cocotb_whole)),
            *(f"{rate / 1e3:,.0f}" for rate in (each.bulk_loop, each.bulk_whole)),
            f"{each.speedup:,.0f} ×",
        )
        for each in rates
    ]
    head = ("cocotb, loop", "cocotb, whole", "bulk, loop", "bulk, whole", "loop to loop")
    lines += table(("design", *head), rows, numbers=())
    if data is not None:
        lines += [
            "",
            f"MNIST: {data.images:,} test images, pixels of one bit, through a trained network "
            f"{data.network} with fixed weights:",
            f"{data.cycles:,} cycles ({data.cycles_per_image:.2f} an image) in {data.seconds:.1f} "
            f"s, of which building {data.build_seconds:.1f} s; every result equal to the golden",
            f"model's. The Verilog names {data.correct:,} of {data.images:,} digits rightly "
            f"({EPOCHS} epochs of training).",
        ]
    return "\n".join(lines) + "\n"
