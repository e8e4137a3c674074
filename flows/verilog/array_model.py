"""A differential array in Verilog, for simulation only."""

import numpy as np

from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.testbench import template
from neuroloom.golden.devices.differential_array import DifferentialArray


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
        name=name,
        rows=rows,
        columns=columns,
        steps=steps,
        amplifiers=-(-columns // steps),
        unformed=_real(device.unformed),
        dead_zone=_real(amplifier.dead_zone),
        offsets=[_real(offset) for offset in array.offsets[::steps]],
    )
    states = np.stack([array.state, array.stuck > 0, array.missed], axis=-1).reshape(-1, 3)
    ohms = array.resistances.reshape(-1, 2)
    lines = "".join(
        f"{state:01x}{stuck:01x}{missed:04x}{high:08x}{low:08x}\n"
        for (state, stuck, missed), (low, high) in zip(states.tolist(), ohms.tolist(), strict=True)
    )
    return {f"{name}.v": text, f"{name}.hex": lines}


def _real(value: float) -> str:
    """A Verilog real constant; ``repr`` of a float is one unless the point is missing."""
    text = repr(float(value))
    mantissa, exponent, power = text.partition("e")
    return (mantissa if "." in mantissa else f"{mantissa}.0") + exponent + power
