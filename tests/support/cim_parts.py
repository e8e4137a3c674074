"""Parts of the rebuilt compute-in-memory macro with figures that are worked out by head."""

from neuroloom.flows.reproduce.cim_macro.printed import ACCUMULATOR, CONTROL, SHIFT_ADD
from neuroloom.flows.reproduce.counts import Count
from neuroloom.flows.reproduce.parts import PartInCells, Parts

PART = PartInCells(100, 1000, 500.0, 900.0, 0.3, 0.1, 5.0, 1.0, 2.0)
PARTS = Parts({SHIFT_ADD: PART, ACCUMULATOR: PART, CONTROL: PART}, cycles=1520, operations=10)
COUNTS = {SHIFT_ADD: Count(176, 1), ACCUMULATOR: Count(1024, 1), CONTROL: Count(298, 1)}
