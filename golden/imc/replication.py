"""Replicas of a kernel matrix in one crossbar: rows, columns and use (Dazzi et al. 2021, 2.2)."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Replicas:
    """``count`` replicas that compute neighbouring outputs, at most ``width`` of them abreast.

    The outputs fill rows of ``width`` (ΔW of the paper), one row after the other. Width 1 is
    Method 1; more is Method 2. An input that several patches share has one row of the crossbar.
    ValueError for a size below 1.
    """

    count: int
    kernel: int
    inputs: int
    """Input channels."""
    outputs: int
    """Output channels."""
    width: int = 1
    stride: int = 1

    def __post_init__(self) -> None:
        for name in ("count", "kernel", "inputs", "outputs", "width", "stride"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} is less than 1")

    @property
    def pixels(self) -> frozenset[tuple[int, int]]:
        """Every input pixel of the patches."""
        corners = [divmod(replica, self.width) for replica in range(self.count)]
        return frozenset(
            (self.stride * x + dx, self.stride * y + dy)
            for x, y in corners
            for dx in range(self.kernel)
            for dy in range(self.kernel)
        )

    @property
    def rows(self) -> int:
        """Rows of the crossbar."""
        return len(self.pixels) * self.inputs

    @property
    def columns(self) -> int:
        """Columns of the crossbar."""
        return self.count * self.outputs

    @property
    def aspect_ratio(self) -> Fraction:
        """Rows a column."""
        return Fraction(self.rows, self.columns)

    def utilisation(self, crossbar_rows: int, crossbar_columns: int) -> Fraction:
        """Share of the devices that hold a weight (Eq. 4). ValueError when it does not fit."""
        if self.rows > crossbar_rows or self.columns > crossbar_columns:
            raise ValueError(
                f"{self.count} replicas take {self.rows} rows and {self.columns} columns, "
                f"more than {crossbar_rows} and {crossbar_columns}"
            )
        weights = self.kernel * self.kernel * self.inputs * self.outputs
        return Fraction(self.count * weights, crossbar_rows * crossbar_columns)


def method_1_aspect_ratio(count: int, kernel: int, inputs: int, outputs: int) -> Fraction:
    """Equation 2: replicas along one direction, stride 1."""
    return kernel**2 * Fraction(inputs, outputs) * (1 + Fraction(count - 1, kernel)) / count


def most_replicas(
    kernel: int, inputs: int, outputs: int, rows: int, columns: int, width: int = 1
) -> int:
    """How many replicas fit into a crossbar of that many rows and columns; 0 where none does."""
    count = 0
    while (count + 1) * outputs <= columns:
        if Replicas(count + 1, kernel, inputs, outputs, width).rows > rows:
            break
        count += 1
    return count
