"""Golden model of shift-and-add."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.cim.slices import Encoding, SliceOrder
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.cim.shift_add import ShiftAddSpec


class ShiftAddModel(Model["ShiftAddSpec"]):
    """``value = sum over k of ±partial[k] · 2**(step·k)``, exact, k = 0 the least significant.

    Signs as :class:`Encoding` says; offset-binary takes off ``ones · 2**(step·slices - 1)`` for
    the slices that came. A reconfigurable one gives the sum of the slices so far for each token:
    msb first, as if these were all; lsb first, without sign or offset before the last.
    ValueError when a sum has more than ``slices`` slices.
    """

    def __init__(self, spec: "ShiftAddSpec") -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._position = 0
        """Tokens of an unfinished sum."""
        self._running = 0

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = traffic["partials"]
        if not spec.reconfigurable:
            self.operations("partials", tokens["codes"])
        position, last = self._positions(tokens)
        msb_first = spec.order is SliceOrder.MSB_FIRST
        running = self._terms(tokens, position == 0 if msb_first else last)
        for nth in range(1, spec.tokens):
            here = np.flatnonzero(position == nth)
            before = np.where(here > 0, running[here - 1], self._running)
            if msb_first:
                running[here] += before << spec.shift
            else:
                running[here] = (running[here] << (spec.shift * nth)) + before
        if len(running):
            self._running = int(running[-1])
            self._position = 0 if last[-1] else int(position[-1]) + 1
        if spec.reconfigurable:
            return {"sums": {"value": running, "complete": last.astype(np.int64)}}
        return {"sums": {"value": running[last]}}

    def _positions(self, tokens: Tokens) -> tuple[Integers, Integers]:
        """Place of each token in its sum, and whether it is the last of it."""
        spec = self.spec
        count = np.arange(len(tokens["codes"]))
        if not spec.reconfigurable:
            position = count % spec.tokens
            return position, position == spec.tokens - 1
        last = np.asarray(tokens["last"]) == 1
        ends = np.concatenate([[-1 - self._position], count[last]])
        begun = np.concatenate([[0], np.cumsum(last)[:-1]]) if len(count) else count
        position = count - 1 - ends[begun]
        if len(position) and position.max() >= spec.tokens:
            raise ValueError(f"a sum has at most {spec.tokens} tokens, not {position.max() + 1}")
        return position, last

    def _terms(self, tokens: Tokens, top: Integers) -> Integers:
        """What each token adds, in units of its lane 0; ``top`` marks the most significant."""
        spec = self.spec
        codes = np.array(tokens["codes"], np.int64)
        match spec.encoding:
            case Encoding.TWOS_COMPLEMENT:
                codes[top, -1] *= -1
            case Encoding.SIGN_MAGNITUDE:
                codes = np.where(np.asarray(tokens["negative"]) == 1, -codes, codes)
            case Encoding.OFFSET_BINARY:
                ones = tokens["ones"] if spec.fixed_ones is None else np.int64(spec.fixed_ones)
                codes[:, -1] -= np.where(top, ones, 0) << (spec.step - 1)
        terms: Integers = (codes << (spec.step * np.arange(spec.lanes))).sum(axis=1)
        return terms
