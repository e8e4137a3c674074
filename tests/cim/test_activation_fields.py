"""Fields of an activation that contradict each other, and those that just agree."""

from typing import Any

import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError

BARE = {"channels": 1, "bias_bits": 0, "multiplier_bits": 0, "shift": 0}


PIECES = {
    "input_bits": 4,
    **BARE,
    "function": "piecewise",
    "breakpoints": [0],
    "slopes": [0, 1],
    "offsets": [0, 0],
}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rounding": "stochastic"}, "take floor, toward-zero, nearest-even, nearest-up or"),
        ({**BARE, "channels": 2}, "channels=2 have nothing to differ in: take channels=1"),
        ({"biases": [1]}, "multipliers are missing: all coefficients are fixed or none"),
        ({**BARE, "biases": [1]}, "biases need a width: give bias_bits"),
        ({**BARE, "shifts": [1]}, "shifts need a width: give shift_bits"),
        ({"biases": [1, 2], "multipliers": [1]}, "biases are 2: give one for each of the 8"),
        ({"biases": [32768], "multipliers": [1]}, "32768 lies outside -32768 to 32767"),
        ({"biases": [1], "multipliers": [-1]}, "multipliers: -1 lies outside 0 to 65535"),
        ({"input_bits": 40, "multiplier_bits": 32}, "products take 73 bits: at most 62"),
        ({**BARE, "input_bits": 4, "shift": 9}, "shift=9 leaves nothing of the product"),
        ({"function": "clipped-relu"}, "ceiling goes with function=clipped-relu, and only there"),
        ({"ceiling": 6}, "ceiling goes with function=clipped-relu, and only there"),
        ({"slope_shift": 1}, "slope_shift goes with function=leaky-relu or piecewise"),
        ({"slopes": [1]}, "breakpoints, slopes and offsets go with function=piecewise"),
        ({"function": "piecewise", "slopes": [1]}, "needs breakpoints, slopes and offsets"),
        ({**PIECES, "slopes": [1]}, "1 breakpoints make 2 segments: .*, not 1 and 2"),
        ({**PIECES, "offsets": [1, 2, 3]}, "1 breakpoints make 2 segments: .*, not 2 and 3"),
        ({**PIECES, "breakpoints": [-8]}, "breakpoints must rise and lie in -7 to 7"),
        ({**PIECES, "breakpoints": [8]}, "breakpoints must rise and lie in -7 to 7"),
        (
            {**PIECES, "breakpoints": [1, 1], "slopes": [1, 1, 1], "offsets": [1, 1, 1]},
            "breakpoints must rise",
        ),
        ({**PIECES, "slopes": [0, 1 << 60]}, "slopes times scaled values take 63 bits"),
        ({**PIECES, "offsets": [0, 1 << 62]}, "offsets take 63 bits"),
        ({"zero_point": -1}, "zero_point=-1 is not a result: it lies in 0 to 255"),
        ({"zero_point": 128, "output_signed": True}, "zero_point=128 is not a result"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"activation: .*{message}"):
        validate(macros()["activation"], fields)


def test_fields_that_just_agree() -> None:
    validate(macros()["activation"], {"biases": [32767], "multipliers": [65535]})
    validate(macros()["activation"], {"input_bits": 40, "bias_bits": 0, "multiplier_bits": 22})
    validate(macros()["activation"], {**BARE, "input_bits": 4, "shift": 3, "rounding": "floor"})
    validate(macros()["activation"], {**PIECES, "breakpoints": [-7]})
    validate(macros()["activation"], {**PIECES, "breakpoints": [7]})
    validate(macros()["activation"], {"zero_point": 255})
