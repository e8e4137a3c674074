"""Golden model of what follows the converters."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.cim.converters import Converter, flash_codes
from neuroloom.golden.formats import shift_right
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.cim.adc_post import AdcPostSpec


class AdcPostModel(Model["AdcPostSpec"]):
    """``result = fit(round((table[code] + offset[c]) · gain[c] / 2**gain_shift) - zero_point)``.

    c is the column of the code. What the Spec has not stays out: no table is the identity, no
    offset 0, no gain 1. A load takes effect for the frames after it; ValueError for a frame
    before the first load.
    """

    def __init__(self, spec: "AdcPostSpec") -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._table: Integers | None = None
        self._coefficients: Tokens | None = None

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "table" in traffic:
            self._table = self._load(traffic["table"], 1 << spec.code_bits).get(
                "value", self._table
            )
        if "coefficients" in traffic:
            self._coefficients = (
                self._load(traffic["coefficients"], spec.columns) or self._coefficients
            )
        (tokens,) = traffic["codes"].values()
        frames = self.operations("codes", np.asarray(tokens, np.int64))
        values = self._codes(frames.reshape(-1, *tokens.shape[1:])).reshape(-1, spec.columns)
        if spec.table_bits is not None and len(values):
            if self._table is None:
                raise ValueError("there is no table yet: load it before the first frame")
            values = np.asarray(self._table)[values]
        if spec.corrected and len(values):
            if self._coefficients is None:
                raise ValueError("there are no coefficients yet: load them before the first frame")
            values = values + self._coefficients.get("offset", np.int64(0))
            values = values * self._coefficients.get("gain", np.int64(1))
            values = shift_right(values, spec.gain_shift, spec.rounding)
        results = spec.result_format.fit(values.reshape(-1) - spec.zero_point)
        return {"results": {"value": results}}

    def _load(self, tokens: Tokens, depth: int) -> dict[str, Integers]:
        """The last of the loads; nothing where there is none."""
        number = len(next(iter(tokens.values())))
        if number % depth:
            raise ValueError(f"a load has {depth} tokens; {number} leave a part of one over")
        return {name: np.asarray(values[-depth:]) for name, values in tokens.items() if number}

    def _codes(self, tokens: Integers) -> Integers:
        spec = self.spec
        match spec.converter:
            case Converter.BINARY:
                return tokens
            case Converter.SAR:
                return np.asarray(tokens.reshape(-1, spec.decisions) @ np.array(spec.weights))
            case Converter.FLASH:
                return flash_codes(tokens, spec.bubbles)
