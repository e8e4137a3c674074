"""A differential array in Verilog, for simulation only: whole tiles run in a simulator."""

from typing import Any

import numpy as np

from neuroloom.flows.errors import UsageError
from neuroloom.flows.verilog.emit import emit
from neuroloom.flows.verilog.testbench import described, template, vector_files
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.bnn.rram_tile import ProgrammedTile, SensedTile
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.devices.differential import ResistiveDevice, SenseAmplifier
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Tokens, Traffic, count
from neuroloom.golden.spec import Spec

MOST_CELLS = 1 << 14
"""Of an array that is generated beside a macro."""
MODELLED = ResistiveDevice(redrawn=False)
REQUESTS = 64


def array_files(array: DifferentialArray, name: str) -> dict[str, str]:
    """``NAME.v`` and ``NAME.hex``: the array as it is now, with pins for ``xnor_sense`` and
    ``rram_program``.

    UsageError for what the model has not: pulses that fail by chance, noise, and resistances that
    are drawn anew at every pulse.
    """
    device, amplifier = array.device, array.amplifier
    chances = (device.set_failure, device.reset_failure, device.form_failure, device.read_noise)
    if device.redrawn or any(chances):
        raise UsageError(
            "the Verilog model of an array draws no chance: take redrawn=False, no read_noise and "
            "no failures; pulses that do nothing can be given as missed"
        )
    if array.missed.max() >= 1 << 16:
        raise UsageError("the Verilog model of an array counts up to 65535 missed pulses a device")
    rows, columns, _ = array.state.shape
    steps = array.columns_per_amplifier
    text = template("differential_array.v.j2").render(
        name=name, rows=rows, columns=columns, steps=steps, amplifiers=-(-columns // steps),
        unformed=_real(device.unformed), dead_zone=_real(amplifier.dead_zone),
        offsets=[_real(each) for each in array.offsets[::steps]],
    )  # fmt: skip
    states = np.stack([array.state, array.stuck > 0, array.missed], axis=-1).reshape(-1, 3)
    ohms = array.resistances.reshape(-1, 2)
    lines = "".join(
        f"{state:01x}{stuck:01x}{missed:04x}{high:08x}{low:08x}\n"
        for (state, stuck, missed), (low, high) in zip(states.tolist(), ohms.tolist(), strict=True)
    )
    return {f"{name}.v": text, f"{name}.hex": lines}


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
    described_streams: list[dict[str, Any]] = []
    patience = 0

    def add(spec: Spec, traffic: Traffic, names: tuple[str, ...]) -> None:
        nonlocal patience
        whole = {**traffic, **spec.model().run(traffic)}
        contract = spec.contract
        patience += contract.latency + contract.interval + contract.start + 100
        texts = vector_files(spec, name, [whole])
        for stream in spec.streams:
            if stream.name in names:
                tokens = {stream.name: count(whole[stream.name])}
                described_streams.append({
                    **described(stream, tokens), "input": stream.direction == "in",
                    "tokens": tokens[stream.name],
                })  # fmt: skip
                files[f"{name}_{stream.name}.hex"] = texts[f"{name}_{stream.name}.hex"]

    if program and commands:
        add(program, ProgrammedTile(program, array).traffic(commands), ("command", "status"))
    add(sense, SensedTile(sense, array).traffic(requests), ("request", "word"))
    by_name = {each["name"]: each for each in described_streams}
    outputs = [each["tokens"] for each in described_streams if not each["input"]]
    used = [*(modules if program else modules[:1]), name, f"{name}_tb"]
    files[f"{name}_tb.v"] = template("differential_tile_tb.v.j2").render(
        name=name, sense=modules[0], program=modules[1] if program else "", rows=sense.rows,
        columns=sense.columns, steps=sense.columns_per_amplifier, amplifiers=sense.amplifiers,
        row_bits=sense.row_bits, streams=described_streams, request=by_name["request"],
        word=by_name["word"], statuses=by_name["status"]["tokens"] if program else 0,
        total=sum(outputs), patience=patience, files=" ".join(f"{each}.v" for each in used),
    )  # fmt: skip
    return files


def companion_files(spec: Spec, name: str, seed: int) -> dict[str, str]:
    """What stands beside the Verilog of a macro at a differential array: the array with random
    contents and stuck devices as ``NAME_array.v``, and a testbench of the whole tile.

    Nothing for other macros, and for arrays of more than ``MOST_CELLS`` cells.
    """
    if not isinstance(spec, XnorSenseSpec | RramProgramSpec):
        return {}
    if spec.rows * spec.columns > MOST_CELLS:
        return {}
    rng = np.random.default_rng(seed)
    rows, columns = spec.rows, spec.columns
    sense = spec if isinstance(spec, XnorSenseSpec) else XnorSenseSpec(rows=rows, columns=columns)
    program = spec if isinstance(spec, RramProgramSpec) else None
    array = DifferentialArray(
        rows, columns, MODELLED, SenseAmplifier(offset=0.1, dead_zone=0.05),
        sense.columns_per_amplifier, formed=program is None, seed=seed,
        stuck=rng.choice([0, 1, 2], (rows, columns, 2), p=[0.98, 0.01, 0.01]),
    )  # fmt: skip
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


def _real(value: float) -> str:
    """A Verilog real constant; ``repr`` of a float is one unless the point is missing."""
    text = repr(float(value))
    mantissa, exponent, power = text.partition("e")
    return (mantissa if "." in mantissa else f"{mantissa}.0") + exponent + power
