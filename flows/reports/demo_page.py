"""The demo's page."""

import re

from markupsafe import Markup

from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.reports import drawings
from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.demo_result import DemoResult
from neuroloom.flows.reports.page import Key, Table
from neuroloom.flows.synthesis.targets import target as target_of
from neuroloom.flows.tools.numbers import amounts, grouped, percent, scaled

BLOCK = re.compile(r"_(layer|queue|adapter)(\d+)")
STRONG = 0.55
"""Shade of a heat-map cell above which its text is light."""


def render(result: DemoResult) -> str:
    """The page as one HTML file."""
    return frame.render(
        "demo.html.j2",
        title=f"Handwritten digits on a {result.sizes} binarized network",
        kind="Neuroloom demo report",
        lead=f"Trained on {grouped(result.train_images)} images, generated as Verilog, simulated "
        f"on all {grouped(result.test_images)} held-out images, synthesized and placed.",
        result=result,
        keys=frame.keys(_keys(result)),
        accuracies=_accuracies(result),
        confusion=_confusion(result),
        digits=[
            (drawings.digit(image.pixels, f"a {image.true} read as {image.predicted}"), image)
            for image in result.misread
        ],
        matrices=[drawings.weight_matrix(layer) for layer in result.layers],
        arrow=drawings.arrow(),
        layers=_layers(result),
        timing=_timing(result),
        targets=_targets(result),
        blocks=[
            (target, target_of(target.target).description, _blocks(result, target))
            for target in result.synthesis.targets
        ],
        seconds=Table(
            ("step", "time [s]"),
            (
                *((step, f"{duration:.1f}") for step, duration in result.seconds.items()),
                ("together", f"{sum(result.seconds.values()):.1f}"),
            ),
            numbers=(1,),
            totals=1,
            wide=False,
        ),
    )


def _keys(result: DemoResult) -> list[Key]:
    rtl, accuracy = result.rtl, result.accuracies[-1]
    entries = [
        Key(
            "held-out accuracy",
            percent(accuracy.share),
            "",
            f"{accuracy.correct} of {accuracy.images} images, in RTL",
        ),
        Key(
            "RTL = golden model",
            f"{rtl.images} / {rtl.images}",
            "",
            "images: class, score and cycle",
        ),
        Key(
            "one image every",
            f"{rtl.interval:g}",
            "cycles",
            f"first class after {rtl.latency} cycles",
        ),
    ]
    for placement in result.placed[:1]:
        assert placement.timing and placement.operations_per_second
        mhz = placement.timing.median_mhz
        rate, prefix = scaled(placement.operations_per_second)
        cells = placement.resources
        entries += [
            Key("throughput", rate, f"{prefix} images/s", f"{placement.target} at {mhz:.1f} MHz"),
            Key("latency", f"{rtl.latency / mhz:.2f}", "µs", f"{placement.target}, one image"),
            Key(
                "size",
                grouped(cells["LUT4"]),
                "LUT4",
                f"{grouped(cells['FF'])} FF, {cells['BRAM']} BRAM, {placement.target}",
            ),
        ]
    return entries


def _accuracies(result: DemoResult) -> Table:
    return Table(
        ("computed by", "right", "images", "accuracy", "method"),
        tuple(
            (
                accuracy.name,
                grouped(accuracy.correct),
                grouped(accuracy.images),
                percent(accuracy.share),
                accuracy.method,
            )
            for accuracy in result.accuracies
        ),
        numbers=(1, 2, 3),
    )


def _confusion(result: DemoResult) -> Markup:
    """The matrix as a table whose cells are shaded by their share of the row."""
    classes = range(len(result.confusion))
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(label) for label in classes)
    rows = []
    for true, counts in enumerate(result.confusion):
        cells = []
        for read, count in enumerate(counts):
            share = count / max(1, sum(counts))
            heat = share if true == read else min(1.0, 0.25 + 2 * share)
            kind = "right" if true == read else "wrong"
            if not count:
                cells.append(Markup("<td></td>"))
                continue
            strong = " strong" if heat > STRONG else ""
            cells.append(
                Markup('<td class="{}{}" style="--heat:{}">{}</td>').format(
                    kind, strong, round(heat, 2), count
                )
            )
        recall = percent(counts[true] / max(1, sum(counts)), 0)
        rows.append(
            Markup('<tr><th scope="row">{}</th>{}<td class="recall">{}</td></tr>').format(
                true, Markup("").join(cells), recall
            )
        )
    return Markup(
        '<table class="confusion"><thead><tr><td></td><th colspan="{}" class="axis">read as</th>'
        '<th></th></tr><tr><th scope="col" class="axis">true</th>{}'
        '<th scope="col">recall</th></tr></thead><tbody>{}</tbody></table>'
    ).format(len(classes), head, Markup("").join(rows))


def _layers(result: DemoResult) -> Table:
    interval = max(layer.cycles for layer in result.layers)
    rows = [
        (
            f"layer {index}",
            f"{layer.inputs} → {layer.neurons}",
            str(layer.pe),
            str(layer.simd),
            f"{layer.folds} × {layer.groups}",
            str(layer.cycles),
            percent(layer.cycles / interval, 0),
            percent(layer.weight_bits / (layer.cycles * layer.pe * layer.simd), 0),
            grouped(layer.weight_bits),
            grouped(layer.threshold_bits),
        )
        for index, layer in enumerate(result.layers)
    ]
    weights = sum(layer.weight_bits for layer in result.layers)
    thresholds = sum(layer.threshold_bits for layer in result.layers)
    rows.append(
        (
            "network",
            result.sizes,
            "",
            "",
            "",
            str(interval),
            "",
            "",
            grouped(weights),
            grouped(thresholds),
        )
    )
    return Table(
        (
            "",
            "inputs → neurons",
            "PE",
            "SIMD",
            "folds × groups",
            "cycles",
            "busy",
            "lanes used",
            "weights [bit]",
            "thresholds [bit]",
        ),
        tuple(rows),
        numbers=tuple(range(2, 10)),
        totals=1,
        caption="Busy: share of the cycles between two images in which the layer steps. Lanes "
        "used: share of PE × SIMD × cycles that are weights of the network and not padding.",
    )


def _timing(result: DemoResult) -> Table:
    rtl = result.rtl
    promised = result.rtl.contract_latency + rtl.contract_interval * (rtl.images - 1)
    measured = rtl.latency + round(rtl.interval * (rtl.images - 1))
    return Table(
        ("cycles", "contract", "measured"),
        (
            (
                "first token to class, first image",
                grouped(rtl.contract_latency),
                grouped(rtl.latency),
            ),
            ("from one class to the next", grouped(rtl.contract_interval), f"{rtl.interval:g}"),
            (
                f"first token to last class, {rtl.images} images",
                grouped(promised),
                grouped(measured),
            ),
        ),
        numbers=(1, 2),
        wide=False,
    )


def _targets(result: DemoResult) -> Table:
    rows = []
    for target in result.synthesis.targets:
        cells = amounts(target.resources)
        timing = target.timing
        if not timing or not target.operations_per_second:
            rows.append((target.target, cells, "–", "–", "–", "–"))
            continue
        rate, prefix = scaled(target.operations_per_second)
        synaptic, synaptic_prefix = scaled(target.operations_per_second * result.synapses)
        rows.append(
            (
                target.target,
                cells,
                f"{timing.median_mhz:.1f} ({timing.minimum_mhz:.1f}–{timing.maximum_mhz:.1f})",
                f"{result.rtl.latency / timing.median_mhz:.2f}",
                f"{rate} {prefix}",
                f"{synaptic} {synaptic_prefix}",
            )
        )
    return Table(
        ("target", "cells of the macro", "Fmax [MHz]", "latency [µs]", "images/s", "synapses/s"),
        tuple(rows),
        numbers=(2, 3, 4, 5),
        caption="Cells after synthesis, flattened, the macro alone. Fmax after place and route: "
        "median (lowest–highest) over the seeds; latency and rates at the median. Synapses: "
        f"{grouped(result.synapses)} binary products an image.",
    )


def _blocks(result: DemoResult, target: TargetReport) -> Table:
    """Resources of each layer with all its parts, and of what lies between the layers."""
    named: dict[str, dict[str, int]] = {}
    for index, _ in enumerate(result.layers):
        named[f"layer {index}"] = {}
        if index < len(result.layers) - 1:
            named[f"queue and adapter {index} → {index + 1}"] = {}
    for module, resources in target.modules.items():
        match = BLOCK.search(module)
        name = "top" if not match else f"layer {match[2]}"
        if match and match[1] != "layer":
            name = f"queue and adapter {match[2]} → {int(match[2]) + 1}"
        sums = named.setdefault(name, {})
        for kind, number in resources.items():
            sums[kind] = sums.get(kind, 0) + number
    whole = {
        kind: sum(counts.get(kind, 0) for counts in named.values()) for kind in target.resources
    }
    kinds = [kind for kind in target.resources if whole[kind]]
    rows = [
        (name, *(grouped(sums.get(kind, 0)) for kind in kinds))
        for name, sums in named.items()
        if name != "top" or any(sums.values())
    ]
    rows.append(("sum", *(grouped(whole[kind]) for kind in kinds)))
    rows.append(("flattened", *(grouped(target.resources[kind]) for kind in kinds)))
    return Table(("block", *kinds), tuple(rows), numbers=tuple(range(1, len(kinds) + 1)), totals=2)
