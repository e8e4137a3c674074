"""Golden model of bias, scale and activation function."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.formats import Int64, shift_right
from neuroloom.golden.ports import Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.cim.activation import ActivationSpec


class ActivationModel(Model["ActivationSpec"]):
    """``result = fit(f(fit_scaled(round((value + bias[c]) · multiplier[c] / 2**(shift +
    shift[c])))) + zero_point)``, exact up to each rounding.

    c is the channel of the value, f the function (:class:`Function`), ``fit_scaled`` saturates to
    ``scaled_bits`` (unsigned where no value is negative) and ``fit`` to the output. What the Spec
    has not stays out: no bias is 0, no multiplier 1. Nearest-even takes ties to the even integer
    whatever the sign, -2.5 to -2 and -1.5 to -2; floor rounds toward minus infinity. A load has the
    coefficients of all channels and takes effect for the frames after it; ValueError for a frame
    before the first load or for a load in part.
    """

    def __init__(self, spec: "ActivationSpec") -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        spec = self.spec
        self._coefficients = spec.coefficients if spec.fixed or not spec.row_bits else None

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "coefficients" in traffic:
            self._load(traffic["coefficients"])
        tokens = np.asarray(traffic["values"]["data"])
        values = np.asarray(self.operations("values", tokens), np.int64)
        if not len(values):
            return {"results": {"data": values.reshape(-1)}}
        if self._coefficients is None:
            raise ValueError("there are no coefficients yet: load them before the first value")
        scaled = spec.scaled_format.fit(self._scaled(values, self._coefficients))
        results = spec.activation(scaled) + spec.zero_point
        return {"results": {"data": spec.result_format.fit(results).reshape(-1)}}

    def _scaled(self, values: Int64, coefficients: Tokens) -> Int64:
        """Rounded products (frames, channels)."""
        spec = self.spec
        sums = values + coefficients.get("bias", np.int64(0))
        products = sums * coefficients.get("multiplier", np.int64(1))
        shifts = spec.shift + np.broadcast_to(
            coefficients.get("shift", np.zeros(1, np.int64)), spec.channels
        )
        scaled = np.empty_like(products)
        for shift in np.unique(shifts).tolist():
            same = shifts == shift
            scaled[:, same] = shift_right(products[:, same], shift, spec.rounding)
        return scaled

    def _load(self, tokens: Tokens) -> None:
        channels = self.spec.channels
        number = len(next(iter(tokens.values())))
        if number % channels:
            raise ValueError(f"a load has {channels} tokens; {number} leave a part of one over")
        if number:
            self._coefficients = {
                name: np.asarray(values[-channels:], np.int64) for name, values in tokens.items()
            }
