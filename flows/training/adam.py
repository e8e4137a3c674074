"""Adam (Kingma and Ba 2015) on arrays that are updated in place."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


class Adam:
    """Steps of ``parameters`` against their gradients."""

    def __init__(self, parameters: Sequence[Floats]) -> None:
        self._parameters = parameters
        self._means = [np.zeros_like(parameter) for parameter in parameters]
        self._squares = [np.zeros_like(parameter) for parameter in parameters]
        self._steps = 0

    def step(self, gradients: Sequence[Floats], rate: float) -> None:
        """One step at that rate; gradients are in the order of the parameters."""
        self._steps += 1
        rate *= float(np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps))
        for parameter, mean, square, gradient in zip(
            self._parameters, self._means, self._squares, gradients, strict=True
        ):
            mean[...] += 0.1 * (gradient - mean)
            square[...] += 0.001 * (gradient * gradient - square)
            parameter[...] -= rate * mean / (np.sqrt(square) + 1e-8)
