"""Slices put side by side again: powers of two times what each slice weighs."""

from typing import Any

from neuroloom.golden.cim.shift_add import ShiftAddSpec
from neuroloom.golden.cim.slices import Encoding, SliceOrder
from references.plain import Lists, rows

KIND = "plain integers"


def total(spec: ShiftAddSpec, tokens: list[dict[str, Any]], ended: bool) -> int:
    """The sum of the slices of ``tokens``; where lsb first has not ended, without sign or offset
    of the slice that comes last.
    """
    msb_first = spec.order is SliceOrder.MSB_FIRST
    rising = tokens[::-1] if msb_first else tokens
    slices = [code for token in rising for code in token["codes"]]
    if spec.encoding is Encoding.SIGN_MAGNITUDE:
        signs = [sign for token in rising for sign in token["negative"]]
        slices = [-code if sign else code for code, sign in zip(slices, signs, strict=True)]
    offset = 0
    if msb_first or ended:
        if spec.encoding is Encoding.TWOS_COMPLEMENT:
            slices[-1] = -slices[-1]
        if spec.encoding is Encoding.OFFSET_BINARY:
            counted = rising[-1]["ones"] if spec.fixed_ones is None else spec.fixed_ones
            offset = counted * 2 ** (spec.step * len(slices) - 1)
    return sum(code * 2 ** (spec.step * place) for place, code in enumerate(slices)) - offset


def expected(spec: ShiftAddSpec, _: Lists, sent: Lists) -> Lists:
    values: list[int] = []
    complete: list[int] = []
    so_far: list[dict[str, Any]] = []
    for token in rows(sent["partials"]):
        so_far.append(token)
        full = len(so_far) * spec.lanes == spec.slices
        ended = bool(token["last"]) if spec.reconfigurable else full
        if ended or spec.reconfigurable:
            values.append(total(spec, so_far, ended))
            complete.append(int(ended))
        if ended:
            so_far = []
    sums = {"value": values}
    return {"sums": {**sums, "complete": complete} if spec.reconfigurable else sums}
