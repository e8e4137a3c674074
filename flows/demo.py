"""The whole way on real data: train, fold, generate, simulate every image, synthesize, report."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from neuroloom.flows.designs.report import SynthesisReport
from neuroloom.flows.generate import generate
from neuroloom.flows.networks.binarized import BinarizedNetwork, fold
from neuroloom.flows.networks.folding import network_spec
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.reports import demo_page
from neuroloom.flows.reports.demo_result import DemoResult, LayerSummary, RtlRun
from neuroloom.flows.reports.readings import Trained, accuracies, confusion, hits, misread
from neuroloom.flows.reports.versions import tool_versions
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import Target
from neuroloom.flows.synthesis.targets import target as target_of
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.tools.numbers import amounts, percent, scaled
from neuroloom.flows.tools.provenance import ALL, document
from neuroloom.flows.tools.writing import written_aside
from neuroloom.flows.training import binarized
from neuroloom.flows.training.datasets import load_digits, thermometer
from neuroloom.flows.verify import replay
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.ports import Traffic
from neuroloom.golden.streams.width_adapter import to_tokens
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec

PARALLEL = 3
"""Targets worked on at once."""


def run_demo(
    folder: Path,
    simulator: SimulatorName = SimulatorName.AUTO,
    hidden: tuple[int, ...] = (64, 64),
    levels: tuple[int, ...] = (3, 7, 11),
    epochs: int = 60,
    seed: int = 0,
    targets: tuple[str, ...] = ("ice40-hx8k", "ecp5-25k", "gates"),
    place_seeds: tuple[int, ...] = (1, 2, 3),
    progress: Callable[[str], None] = lambda _: None,
    computed: Callable[[DemoResult], None] = lambda _: None,
) -> DemoResult:
    """Train a network on handwritten digits, prove its RTL on every held-out image, place it.

    Parameters: ``hidden`` neurons of each hidden layer; ``levels`` grey values 0..15 that a pixel
    must exceed for each of its input bits; ``seed`` of split and training; ``place_seeds`` of
    place and route; ``progress`` is called with a few words before each step, ``computed`` with the
    result before it is written.

    ``folder`` takes report.html, result.json, digits.toml (the Spec) and the generated Verilog,
    all of them or none. VerificationFailed when the RTL differs from the golden model anywhere.
    """
    chosen = [target_of(name) for name in targets]
    seconds: dict[str, float] = {}
    with written_aside(folder) as aside:
        with _timed(seconds, "training"):
            trained = _train(hidden, levels, epochs, seed, progress)
            spec = network_spec(trained.folded)
        bits = thermometer(trained.split.test_images, levels)
        traffic = {"activations": {"bits": to_tokens(bits, spec.layers[0].simd)}}
        progress("generating Verilog")
        with _timed(seconds, "generation"):
            generate(spec, aside)
            (aside / "digits.toml").write_text(spec.to_toml(), encoding="utf-8")
        progress(f"simulating {len(bits)} images")
        with _timed(seconds, "simulation"):
            rtl = _simulate(spec, traffic, len(bits), simulator)
        with _timed(seconds, "synthesis, place and route"):
            synthesis = _synthesize(spec, chosen, place_seeds, progress)

        labels = trained.split.test_labels
        predicted = spec.model().run(traffic)["result"]["index"]
        names = sorted([*(file.name for file in aside.iterdir()), "report.html", "result.json"])
        result = DemoResult(
            seed=seed,
            epochs=epochs,
            levels=levels,
            train_images=len(trained.split.train_images),
            test_images=len(labels),
            layers=tuple(_summary(layer) for layer in spec.layers),
            accuracies=accuracies(trained, bits, levels, predicted, rtl),
            folding_agrees=hits(trained.network, bits, predicted),
            confusion=confusion(labels, predicted),
            misread=misread(trained, bits, predicted),
            misread_total=int((predicted != labels).sum()),
            rtl=rtl,
            synthesis=synthesis,
            versions=tool_versions(rtl.simulator, chosen),
            seconds={step: round(duration, 2) for step, duration in seconds.items()},
            files=tuple(names),
        )
        computed(result)
        (aside / "result.json").write_text(document(result, ALL), encoding="utf-8")
        (aside / "report.html").write_text(demo_page.render(result), encoding="utf-8")
    return result


def summary_rows(result: DemoResult) -> list[tuple[str, str]]:
    """The main numbers, a name and a text each, for a table in the terminal."""
    rtl = result.rtl
    rows = [
        ("network", f"{result.sizes}, {result.synapses:,} binary synapses"),
        *(
            (accuracy.name, f"{percent(accuracy.share)} ({accuracy.correct} of {accuracy.images})")
            for accuracy in result.accuracies
        ),
        ("RTL = golden model", f"on all {rtl.images} images, in {rtl.simulator}"),
        ("latency", f"{rtl.latency} cycles (contract {rtl.contract_latency})"),
        ("interval", f"{rtl.interval:g} cycles an image (contract {rtl.contract_interval})"),
    ]
    for target in result.synthesis.targets:
        words = [amounts(target.resources)]
        if target.timing and target.operations_per_second:
            rate, prefix = scaled(target.operations_per_second)
            words += [f"{target.timing.median_mhz:.1f} MHz", f"{rate} {prefix} images/s"]
        rows.append((target.target, " · ".join(words)))
        rows += [("warning", f"{target.target}: {warning}") for warning in target.warnings]
    rows += [(step, f"{duration:.1f} s") for step, duration in result.seconds.items()]
    return rows


def _train(
    hidden: tuple[int, ...],
    levels: tuple[int, ...],
    epochs: int,
    seed: int,
    progress: Callable[[str], None],
) -> Trained:
    split = load_digits(seed=seed)
    bits = thermometer(split.train_images, levels)

    def fit(binary: bool) -> BinarizedNetwork:
        kind = "binary" if binary else "real-valued"
        return binarized.train(
            bits,
            split.train_labels,
            [Dense(size) for size in hidden],
            epochs,
            seed,
            binary=binary,
            progress=lambda at: progress(f"training, {kind}: epoch {at.epoch} of {at.epochs}"),
        )

    # threads cost more than they gain on matrices of this size, and may change the rounding
    with threadpool_limits(1):
        network, reference = fit(binary=True), fit(binary=False)
    return Trained(split, network, reference, fold(network))


def _simulate(
    spec: BnnNetworkSpec, traffic: Traffic, images: int, simulator: SimulatorName
) -> RtlRun:
    verification = replay(spec, traffic, simulator)
    outcome = verification.outcomes[0]
    if outcome.status != "passed":
        raise VerificationFailed(f"the RTL {outcome.status} on the digits: {outcome.message}")
    report, contract = outcome.report, spec.contract
    if report["operations"] != images:
        raise VerificationFailed(f"{report['operations']} of {images} images were compared")
    return RtlRun(
        simulator=outcome.simulator,
        note=verification.simulator.reason,
        images=images,
        tokens=report["tokens"],
        cycles=report["cycles"],
        latency=report["latency"],
        interval=report["interval"],
        contract_latency=contract.latency,
        contract_interval=contract.interval,
        build_seconds=round(verification.build_seconds, 2),
        run_seconds=outcome.seconds,
    )


def _synthesize(
    spec: BnnNetworkSpec,
    targets: Sequence[Target],
    seeds: Sequence[int],
    progress: Callable[[str], None],
) -> SynthesisReport:
    with ThreadPoolExecutor(PARALLEL) as pool:
        reports = list(
            pool.map(lambda each: synthesize_macro(spec, [each], seeds, progress), targets)
        )
    of_all = tuple(target for report in reports for target in report.targets)
    return reports[0].model_copy(update={"targets": of_all})


def _summary(layer: BnnLayerSpec) -> LayerSummary:
    by_threshold = layer.output is LayerOutput.BITS
    return LayerSummary(
        inputs=layer.inputs,
        neurons=layer.neurons,
        pe=layer.pe,
        simd=layer.simd,
        folds=layer.folds,
        groups=layer.groups,
        cycles=layer.contract.interval,
        weight_bits=layer.inputs * layer.neurons,
        threshold_bits=layer.neurons * layer.threshold_bits if by_threshold else 0,
    )


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - begin
