"""How numbers are looked for in the texts of papers."""

from decimal import Decimal

import pytest
from support.papers import numbers, part

TEXT = """A Paper

3. RESULTS

In 2020 the chip took 1,628.5 cycles, which is nine times

TABLE 1 | Sizes of both.

	rows	columns
chip	1,056	43%
model	7	-3

as long as before (10^{-3} of all, $2.5 \\times 10^6$ bits).

3.1. Second Part

It costs 12 pJ.

Nothing is said of 99.

$$E = 77 + x \\quad (4)$$

Latency

A clock takes 10−15 ns, or 1.5e-9 s.
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,628 cycles", {"1628"}),
        ("1, 628", {"1", "628"}),
        ("in [1,2]", {"1", "2"}),
        ("43% and 5 \\%", {"43", "0.43", "5", "0.05"}),
        ("10^{-3}", {"0.001"}),
        ("10^6 of 2.5 × 10^−2", {"1000000", "0.025"}),
        ("1e-3", {"0.001"}),
        ("x = −3.5", {"-3.5"}),
        ("10−15 ns", {"10", "15"}),
        ("one kilobit", {"1"}),
        ("oneself", set()),
        ("from 1/4 to 1/16", {"0.25", "1", "4", "0.0625", "16"}),
        ("layers 22/31 of 3/8/21", {"22", "31", "3", "8", "21", "0.7096774193548387096774193548"}),
        ("256×256 = 65,536.25", {"256", "65536.25"}),
    ],
)
def test_numbers_of_a_text(text: str, found: set[str]) -> None:
    assert numbers(text) == set(map(Decimal, found))


@pytest.mark.parametrize(
    ("place", "there", "elsewhere"),
    [
        ("Table 1", "1056", "1628.5"),
        ("Table 1", "0.43", "12"),
        ("Table 1", "-3", "3"),
        ("Table 1, rows, chip", "1056", "1628.5"),
        ("Section 3, paragraph 1", "1628.5", "1056"),
        ("Section 3, paragraph 1", "0.001", "12"),
        ("Section 3.1, paragraph 1", "12", "99"),
        ("Section 3.1, paragraph 2", "99", "12"),
        ('Section "Latency", paragraph 1', "1.5e-9", "12"),
        ("Equation 4", "77", "12"),
    ],
)
def test_a_number_is_where_it_is_said_to_be(place: str, there: str, elsewhere: str) -> None:
    found = numbers(part(TEXT, place))
    assert Decimal(there) in found
    assert Decimal(elsewhere) not in found


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("Table 2", "no Table 2"),
        ("Fig. 1", "no Fig. 1"),
        ("Equation 5", "no equation 5"),
        ("Section 4, paragraph 1", "no section 4"),
        ("Section 3.1, paragraph 3", "has 2 paragraphs"),
    ],
)
def test_a_place_that_is_not_there(place: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        part(TEXT, place)
