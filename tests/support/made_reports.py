"""Reports of synthesis made up for tests of what is done with them."""

from neuroloom.flows.designs.report import (
    Area,
    CurvePoint,
    Estimate,
    Power,
    SynthesisReport,
    TargetReport,
    Timing,
)


def device(lut4: int, mhz: float, seeds: int = 3, interval: int = 1) -> TargetReport:
    timing = Timing(
        median_mhz=mhz,
        minimum_mhz=mhz - 2,
        maximum_mhz=mhz + 1,
        seeds=seeds,
        critical_path=("word_bits", "count_ones"),
        path_ns=1000 / mhz,
        utilisation={"ICESTORM_LC": (lut4 + 9, 7680)},
        method="nextpnr 1, 3 seeds",
    )
    return TargetReport(
        target="ice40-hx8k",
        resources={"LUT4": lut4, "carry": 0, "FF": 4},
        modules={"top": {"LUT4": lut4 - 5, "FF": 4}, "tree": {"LUT4": 5, "FF": 0}},
        cells={"SB_LUT4": lut4, "SB_DFF": 4},
        method="yosys 1: synth_ice40",
        timing=timing,
        operation="word",
        interval=interval,
        operations_per_second=mhz * 1e6 / interval,
    )


def gates(number: int, interval: int = 1) -> TargetReport:
    return TargetReport(
        target="gates",
        resources={"gates": number, "FF": 0},
        modules={},
        cells={"$_XOR_": number},
        method="yosys 1: synth",
        operation="word",
        interval=interval,
        estimates=(
            Estimate(
                name="gates", analytic=1.5 * number, synthesized=number, unit="", source="structure"
            ),
        ),
    )


def cells(um2: float, mhz: float, picojoules: float | None = None) -> TargetReport:
    """``picojoules`` an operation: a quarter the clock, a quarter flip-flops, half logic."""
    power = None
    if picojoules is not None:
        power = Power(
            operation="word",
            clock_pj=picojoules / 4,
            sequential_pj=picojoules / 4,
            combinational_pj=picojoules / 2,
            leakage_uw=0.0,
            clock_mhz=mhz,
            dynamic_uw=picojoules * mhz,
            idle_uw=picojoules * mhz / 4,
            operations=100,
            cycles=100,
            method="toggles of every net",
        )
    curve = (
        CurvePoint(recipe="area, relaxed", area_um2=um2, mhz=mhz),
        CurvePoint(recipe="delay, tight", area_um2=2 * um2, mhz=1.5 * mhz),
    )
    timing = Timing(
        median_mhz=mhz,
        minimum_mhz=mhz,
        maximum_mhz=mhz,
        critical_path=("a", "b"),
        path_ns=1000 / mhz,
        hold_slack_ns=0.125,
        method="static timing",
    )
    return TargetReport(
        target="predictive-45",
        resources={"cells": 7, "FF": 2},
        modules={},
        cells={"NAND2_X1": 5, "DFF_X1": 2},
        method="yosys 1, recipe area",
        area=Area(
            total_um2=um2,
            sequential_um2=um2 / 4,
            combinational_um2=3 * um2 / 4,
            modules_um2={"top": um2},
            curve=curve,
            corner="predictive45, 1 V, 25 °C",
        ),
        timing=timing,
        power=power,
        operation="word",
        interval=1,
        operations_per_second=mhz * 1e6,
        warnings=("initial values are lost",),
    )


def synthesis(*targets: TargetReport, width: int = 64) -> SynthesisReport:
    spec = {"width": width, "style": "counter", "pipeline": 0}
    return SynthesisReport(macro="popcount", spec=spec, targets=targets)
