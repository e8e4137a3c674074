"""Macros at a differential array together with its model: testbenches in plain Verilog."""

from typing import Any

import numpy as np

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.verilog.array_model import array_files
from neuroloom.flows.verilog.emit import emit
from neuroloom.flows.verilog.testbench import described, template, vector_files
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.bnn.rram_tile import ProgrammedTile, SensedTile
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.devices.differential import ResistiveDevice, SenseAmplifier
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Tokens, Traffic, count
from neuroloom.golden.spec import Spec

MOST_CELLS = 1 << 14
"""Most cells of an array that is generated beside a macro."""
MODELLED = ResistiveDevice(redrawn=False)
REQUESTS = 64
VECTORS = 16


class _Testbench:
    """What is sent and expected, and how long more is waited for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: dict[str, str] = {}
        self._streams: list[dict[str, Any]] = []
        self._patience = 0

    def add(self, spec: Spec, traffic: Traffic, *names: str, after: str = "") -> None:
        """Streams of those ``names``, where the macro has them; inputs are sent when all tokens of
        ``after`` have been taken.
        """
        contract = spec.contract
        self._patience += contract.latency + contract.interval + contract.start + 100
        texts = vector_files(spec, self.name, [traffic])
        before = next((each for each in self._streams if each["name"] == after), None)
        for stream in spec.streams:
            if stream.name in names:
                tokens = count(traffic[stream.name])
                self._streams.append(
                    {
                        **described(stream, {stream.name: tokens}),
                        "tokens": tokens,
                        "input": stream.direction == "in",
                        "after": before,
                    }
                )
                file = f"{self.name}_{stream.name}.hex"
                self.files[file] = texts[file]

    def write(self, sense: XnorSenseSpec, module: str, program: str = "", **texts: str) -> None:
        """``module`` is at the pins of the array that are read, ``program`` at the others."""
        outputs = [stream["tokens"] for stream in self._streams if not stream["input"]]
        statuses = [stream["tokens"] for stream in self._streams if stream["name"] == "status"]
        used = [module, *filter(None, [program]), self.name, f"{self.name}_tb"]
        self.files[f"{self.name}_tb.v"] = template("differential_tile_tb.v.j2").render(
            name=self.name,
            module=module,
            program=program,
            rows=sense.rows,
            columns=sense.columns,
            steps=sense.columns_per_amplifier,
            amplifiers=sense.amplifiers,
            row_bits=sense.row_bits,
            streams=self._streams,
            statuses=sum(statuses),
            total=sum(outputs),
            patience=self._patience,
            files=" ".join(f"{each}.v" for each in used),
            **texts,
        )


def tile_files(
    sense: XnorSenseSpec,
    array: DifferentialArray,
    requests: Tokens,
    name: str,
    modules: tuple[str, str],
    program: RramProgramSpec | None = None,
    commands: Tokens | None = None,
) -> dict[str, str]:
    """The array ``NAME.v``, and the testbench ``NAME_tb.v`` that joins it with the controls.

    First ``commands`` go to ``program``, if there is one, then ``requests`` to ``sense``, and every
    status and word is compared with the golden models. ``modules`` are the names of sense and
    program control, whose Verilog is not among the files. ``array`` is left as programmed.
    """
    files = array_files(array, name)
    bench = _Testbench(name)
    module, other = modules
    if program and commands:
        traffic = ProgrammedTile(program, array).traffic(commands)
        bench.add(program, _answered(program, traffic), "command", "status")
    traffic = SensedTile(sense, array).traffic(requests)
    bench.add(sense, _answered(sense, traffic), "request", "word")
    if program:
        bench.write(
            sense,
            module,
            other,
            controls="program control, sense control",
            sends="Sends all commands and compares their statuses, then all requests and words",
        )
    else:
        bench.write(
            sense,
            module,
            controls="sense control",
            sends="Sends all requests and compares their words",
        )
    return {**files, **bench.files}


def layer_files(
    layer: RramLayerSpec,
    array: DifferentialArray,
    activations: Tokens,
    thresholds: Tokens | None,
    name: str,
    module: str,
) -> dict[str, str]:
    """The arrays of all tiles as one, ``NAME.v``, and the testbench ``NAME_tb.v`` that joins it
    with a layer, whose Verilog is not among the files.

    First ``thresholds`` are loaded, where the layer has them, then ``activations`` are sent, and
    every result is compared with the golden model. ``array`` holds the layer's cells.
    """
    requests = layer.lines.model().run({"activations": activations})["request"]
    sensed = SensedTile(layer.sense, array).traffic(requests)["sensed"]
    traffic: dict[str, Tokens] = {"activations": activations, "sensed": sensed}
    if thresholds is not None:
        traffic["thresholds"] = thresholds
    whole = _answered(layer, traffic)
    bench = _Testbench(name)
    bench.add(layer, whole, "thresholds")
    bench.add(layer, whole, "activations", "result", after="thresholds")
    loads = "Loads all thresholds, then sends" if thresholds is not None else "Sends"
    bench.write(
        layer.sense,
        module,
        controls="a layer",
        sends=f"{loads} all vectors and compares their results",
    )
    return {**array_files(array, name), **bench.files}


def _answered(spec: Spec, traffic: Traffic) -> Traffic:
    """What is sent, and what the golden model gives."""
    return {**traffic, **spec.model().run(traffic)}


def companion_files(spec: Spec, name: str, seed: int) -> dict[str, str]:
    """What stands beside the Verilog of a macro at a differential array: the array with random
    contents and stuck devices as ``NAME_array.v``, and a testbench of both together.

    Nothing for other macros, and for arrays of more than ``MOST_CELLS`` cells.
    """
    program = spec if isinstance(spec, RramProgramSpec) else None
    if program is not None:
        sense = XnorSenseSpec(rows=program.rows, columns=program.columns)
    elif isinstance(spec, RramLayerSpec):
        sense = spec.sense
    elif isinstance(spec, XnorSenseSpec):
        sense = spec
    else:
        return {}
    rows, columns = sense.rows, sense.columns
    if rows * columns > MOST_CELLS:
        return {}
    rng = np.random.default_rng(seed)
    array = DifferentialArray(
        rows,
        columns,
        MODELLED,
        SenseAmplifier(offset=0.1, dead_zone=0.05),
        sense.columns_per_amplifier,
        formed=program is None,
        seed=seed,
        stuck=rng.choice([0, 1, 2], (rows, columns, 2), p=[0.98, 0.01, 0.01]),
    )
    if isinstance(spec, RramLayerSpec):
        array.program(spec.cells(rng.integers(0, 2, (spec.neurons, spec.inputs))))
        stimulus = macro_of(spec).stimulus(spec)
        thresholds = (stimulus.setup(rng) or {}).get("thresholds")
        activations = stimulus.random(rng, VECTORS)["activations"]
        return layer_files(spec, array, activations, thresholds, f"{name}_array", name)
    bits = rng.integers(0, 2, (rows, columns))
    requests = {
        "row": rng.integers(0, rows, REQUESTS),
        "activations": rng.integers(0, 2, (REQUESTS, columns)),
    }
    if sense.tag_bits:
        requests["tag"] = rng.integers(0, 1 << sense.tag_bits, REQUESTS)
    if program is None:
        array.program(bits)
        return tile_files(sense, array, requests, f"{name}_array", (name, ""))
    ones = np.ones(rows, np.int64)
    commands = {"row": np.arange(rows), "bits": bits, "write": ones, "form": ones}
    other = f"{name}_sense"
    tile = tile_files(sense, array, requests, f"{name}_array", (other, name), program, commands)
    return {**tile, f"{other}.v": emit(sense, other).verilog}
