"""What is said of the rebuilt macro of Lu et al. 2021: prices, shares, choices, verdicts."""

import re

import pytest
from support.cim_parts import COUNTS, PART, PARTS
from support.places import RESULTS

from neuroloom.flows.analytic.neurosim import price
from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.reports.figures import FigureKind, Printed
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro import activity, pricing, runs, whole_array
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    AREA,
    AREAS,
    BEFORE_LAYOUT,
    CONTROL,
    ENERGIES,
    ENERGY,
    SHIFT_ADD,
)
from neuroloom.flows.reproduce.cim_macro.reasons import OUTSIDE, share_of_full
from neuroloom.flows.reproduce.cim_macro.scaling import node_40, scale
from neuroloom.flows.reproduce.cim_macro.statements import choices, claims, left_out, verdict
from neuroloom.flows.reproduce.cim_macro.tables import (
    adder_bits,
    alone,
    by_width_table,
    control_registers,
    parts_of,
    registers_and_adders,
)
from neuroloom.flows.reproduce.parts import PartInCells, Parts
from neuroloom.golden.cim.cim_macro import CimMacroSpec


def test_published_figures_are_those_of_the_article() -> None:
    assert sum(model or 0 for model, _ in AREAS.values()) == 719 + 662 + 1336 + 4968 + 3089 + 13377
    assert sum(chip or 0 for _, chip in AREAS.values()) == pytest.approx(31386, rel=1e-3)
    assert sum(model or 0 for model, _ in ENERGIES.values()) == pytest.approx(15.41, abs=0.005)
    assert sum(chip or 0 for _, chip in ENERGIES.values()) == pytest.approx(15.26, abs=0.005)


def test_adder_bits_are_no_more_than_the_chips() -> None:
    spec = CimMacroSpec()
    assert adder_bits(spec, SHIFT_ADD) <= 144 + 16
    assert adder_bits(spec, ACCUMULATOR) <= 704 + 112
    assert adder_bits(alone(spec, 1), ACCUMULATOR) == 16 * 8


def test_flip_flops_of_the_articles_control_are_the_same_four_ways() -> None:
    neurosim, chip = zip(*control_registers().values(), strict=True)
    assert (len(neurosim), {*neurosim, *chip}) == (4, {1895, None})
    # what is worked out of NeuroSim's figures does not stand in the chip's column
    assert sum(each is not None for each in chip) == 2


def test_parts_of_the_inventory_are_the_macro() -> None:
    spec = CimMacroSpec()
    shift_add, accumulator, control = parts_of(spec).values()
    whole = shift_add + accumulator + control
    for name in ("flip_flops", "full_adders", "half_adders", "multiplexers", "xors", "gates"):
        assert getattr(whole, name) == getattr(spec.inventory, name)
    assert min(control.flip_flops, control.half_adders, control.gates) > 0


def last(table: PublishedTable) -> PublishedRow:
    return table.rows[-1]


def test_the_page_has_the_price_of_the_macro() -> None:
    """One pricing: the totals are what the macro is priced at everywhere."""
    spec = CimMacroSpec()
    priced = price(spec, node_40())
    area, energy = last(pricing.areas(spec, PARTS)), last(pricing.energies(spec, PARTS))
    assert area.name == energy.name == "total"
    assert area.ours[2] == pytest.approx(priced.area)
    cycle = (priced.register_energy + priced.logic_energy) / 1000
    assert f"prices the whole macro at {cycle:.2f} pJ" in pricing.energies(spec, PARTS).note
    assert energy.ours[3] is not None
    assert energy.ours[3] < cycle
    # flip-flops with an enable and a reset are more than plain ones
    plain = sum(row.ours[2] or 0 for row in pricing.areas(spec, PARTS).rows[:1])
    assert area.ours[2] is not None
    assert area.ours[2] > plain
    # the factor of inverters makes other gates larger, flip-flops not
    assert area.ours[3] is not None
    assert area.ours[3] > area.ours[2]


def test_what_the_papers_own_constants_give_is_never_compared() -> None:
    spec = CimMacroSpec()
    for table in (pricing.areas(spec, PARTS), pricing.energies(spec, PARTS)):
        for row in table.rows:
            mapped, scaled, *circular = row.ours
            assert all(each is None or each.circular for each in circular), row.name
            assert mapped is None or mapped.kind is FigureKind.MEASURED
            if row.name == "total":
                # the sum of rows that are compared
                assert not any(table.pairs(row))
                continue
            neurosim, chip = table.pairs(row)
            assert neurosim is None, row.name
            if chip is not None:
                assert chip.ours is scaled, row.name
                assert chip.theirs is row.published[-1], row.name
            ours = {each for each in row.ours if each is not None and not each.circular}
            assert (chip is None) is (not ours or not isinstance(row.published[-1], Printed)), (
                row.name
            )


def test_measured_totals_are_those_of_all_parts() -> None:
    spec, factor = CimMacroSpec(), scale(NODES[45], node_40())
    area, energy = last(pricing.areas(spec, PARTS)), last(pricing.energies(spec, PARTS))
    assert area.ours[:2] == pytest.approx((4200, 4200 * factor.area))
    assert energy.ours[:2] == pytest.approx((24, 24 * factor.energy))
    assert (area.published, energy.published) == (AREA, ENERGY)


def test_a_node_is_scaled_to_itself_by_one() -> None:
    same = scale(NODES[45], NODES[45])
    assert (same.area, same.energy, same.delay) == (1, 1, 1)
    smaller = scale(NODES[45], node_40())
    assert smaller.area == pytest.approx((40 / 45) ** 2, rel=2e-3)
    assert 0.81 * 0.8 < smaller.energy < 0.81
    below = scale(NODES[45], NODES[32])
    assert below.area < smaller.area
    assert below.delay < smaller.delay < 1


def test_nothing_stands_in_the_papers_columns_that_is_not_printed() -> None:
    table = whole_array.array_energy(PARTS, 152.0)
    rows = {row.name: row for row in table.rows}
    reads = rows["array reads of a vector of ones"]
    assert reads.published == (None, 152)
    assert reads.ours[0] == 152
    digital = rows["digital modules, a vector"]
    assert digital.published == (None, None)
    assert digital.ours[0] == pytest.approx(152 * 24)
    assert rows["whole array before layout"].published == BEFORE_LAYOUT
    assert rows["the same, Tables 3 and 5 in each read"].published == pytest.approx(
        (14590.48, 15511.6)
    )
    assert not any(any(table.pairs(row)) for row in table.rows)


def test_the_error_of_the_library_is_that_of_its_page() -> None:
    page = (RESULTS / "predictive-library.md").read_text()
    (other,) = (
        part for part in page.split("\n## ") if part.startswith("predictive-130 against sg13")
    )
    (row,) = re.findall(r"^\| periphery of a 128×128 CIM macro.*$", other, re.M)
    assert "| area raw | Fmax raw | area after factors | Fmax after factors |" in other
    assert tuple(map(int, re.findall(r"([+-]\d+)%", row))) == OUTSIDE


ARTICLES = {
    "shift-add flip-flops": 0.5 * 2.504,
    "shift-add other gates": 0.0667,
    "accumulator other gates": 0.552,
    "control flip-flops": 0.441,
    "control other gates": 0.465,
    "total": 10.38,
}
"""Worked out by hand: cells of NeuroSim's that ours make, times γ, δ, ε, ζ of the article [pJ]."""


def test_energies_by_the_articles_factors_are_by_all_of_them() -> None:
    table = pricing.energies(CimMacroSpec(), PARTS)
    found = {row.name: row.ours[3] for row in table.rows}
    assert {name: found[name] for name in ARTICLES} == pytest.approx(ARTICLES, rel=2e-3)


def test_what_flip_flops_take_is_held_against_those_that_all_change() -> None:
    # half of the clock alone, half of changes: three in ten change, so that all take 1 + 1 / 0.3
    part = PartInCells(100, 1, 1.0, 1.0, 0.3, 0.1, 5.0, 5.0, 0.0)
    assert share_of_full(part) == pytest.approx(2 / (1 + 1 / 0.3))
    assert share_of_full(part, part) == pytest.approx(share_of_full(part))
    still = PartInCells(100, 1, 1.0, 1.0, 0.0, 0.1, 5.0, 0.0, 0.0)
    assert share_of_full(still) == 1
    table = activity.activities(PARTS)
    rows = {row.name: row for row in table.rows}
    ratios = {row.name: pair.ratio for row in table.rows if (pair := table.pairs(row)[0])}
    both = rows["shift-add and accumulator flip-flops"]
    assert ratios[both.name] == pytest.approx(100 * share_of_full(PART) / 50)
    assert both.ours[0] == pytest.approx(30)
    assert ratios["control flip-flops"] == pytest.approx(100 * share_of_full(PART) / 11)
    # shares of energy are compared with shares of energy; toggles with nothing
    assert len(ratios) == 2 and not any(table.pairs(row)[1] for row in table.rows)
    # nearly all of it the clock, which is half of all that can be
    waiting = PartInCells(100, 1, 1.0, 1.0, 0.02, 0.1, 5.0, 0.1, 0.0)
    for each, met in ((PART, "differs"), (waiting, "agrees")):
        parts = Parts(dict.fromkeys(PARTS.parts, each), 1, 1)
        first, second = claims(CimMacroSpec(), COUNTS, parts)[1:]
        assert f"{100 * share_of_full(each):.0f} %" in first.words
        assert (first.verdict, second.verdict) == (met, "differs")


def test_a_flip_flop_of_ours_stands_beside_the_chips() -> None:
    rows = {row.name: row for row in activity.flip_flop_table(PARTS).rows}
    area, energy = rows["shift-add, area"], rows["control, energy of a cycle"]
    assert area.published == pytest.approx((719 / 176, 681 / 176))
    assert area.ours[0] == pytest.approx(5)
    assert energy.published == pytest.approx((2970 / 1895, 3010 / 1895), rel=1e-3)
    assert energy.ours[0] == pytest.approx(60)
    assert rows["shift-add, a change of value besides"].ours[0] == pytest.approx(1000 / 30)
    assert rows["shift-add, a cycle in which all switch"].ours[0] == pytest.approx(50 + 1000 / 30)


def test_one_ratio_for_one_split() -> None:
    spec = CimMacroSpec()
    every = registers_and_adders(spec, COUNTS)
    compared = [(row.name, *map(bool, every.pairs(row))) for row in every.rows]
    assert [each for each in compared if any(each[1:])] == [
        ("shift-add flip-flops", True, True),
        ("shift-add adder bits", True, False),
        ("shift-add full adders", False, True),
        ("accumulator flip-flops", True, True),
        ("accumulator adder bits", True, False),
        ("accumulator full adders", False, True),
    ]
    widths = by_width_table(spec, dict.fromkeys(spec.weight_bits, COUNTS))
    # a requirement of a width is neither NeuroSim's nor the chip's
    assert widths.published == ("article",)
    for row in widths.rows:
        theirs, ours = row.published[0], row.ours[0]
        assert row.why or theirs == ours, row.name


def test_the_verdict_says_how_modules_rank() -> None:
    part = {
        SHIFT_ADD: PartInCells(1, 1, 1.0, 1.0, 0.1, 0.1, 1.0, 1.0, 1.0),
        ACCUMULATOR: PartInCells(1, 1, 3.0, 3.0, 0.1, 0.1, 3.0, 1.0, 1.0),
        CONTROL: PartInCells(1, 1, 2.0, 2.0, 0.1, 0.1, 2.0, 1.0, 1.0),
    }
    assert "accumulator > control > shift-add" in verdict(Parts(part, 1, 1)).words
    part[CONTROL] = part[ACCUMULATOR]
    part[SHIFT_ADD] = PartInCells(1, 1, 9.0, 9.0, 0.1, 0.1, 1.0, 1.0, 1.0)
    assert "differ in their order" in verdict(Parts(part, 1, 1)).words


def test_tables_3_and_5_are_read_both_ways() -> None:
    rows = {row.name: row for row in whole_array.array_energy(PARTS, 152.0).rows}
    groups = rows["the same, Table 3 in each group, Table 5 in each read"].published
    assert groups == pytest.approx((19 * (80.58 + 8 * 15.41), 19 * (86.79 + 8 * 15.26)))
    assert "4.59 and 4.92 times" in whole_array.readings()
    assert "1.22 and 1.26 times" in whole_array.readings()


def test_the_error_that_the_article_states_is_told_with_all_it_prints() -> None:
    assert "0.86 % of energy before layout" in left_out()[0].why
    assert "1.62 % of digital area" in left_out()[0].why


@pytest.mark.parametrize("greatest", [False, True])
@pytest.mark.parametrize("at", range(4))
def test_ends_of_every_width(at: int, greatest: bool) -> None:
    """By hand: all of 128 products are the least, or the greatest, of the width."""
    spec = CimMacroSpec()
    least, most = {1: (-1, 0), 2: (-2, 1), 4: (-8, 7), 8: (-128, 127)}[spec.weight_bits[at]]
    _, sums = runs.at_an_end(spec, at, greatest)
    assert (sums == 128 * (most if greatest else least)).all()
    # the least fills the word: one more of it would not fit
    assert -(1 << spec.accumulators.widths[at] - 1) == 128 * least


def test_what_another_choice_gives_is_worked_out() -> None:
    spec = CimMacroSpec()
    first, *_ = made = choices(spec, PARTS)
    told = {choice.name: choice for choice in made}
    assert "147 of 17,180 µm²" in first.otherwise
    signed, unsigned = (CimMacroSpec(weight_signed=each).inventory for each in (True, False))
    assert signed.flip_flops == unsigned.flip_flops
    adders = told["adders of the accumulators"].otherwise
    assert f"takes {128 + 144 + 176 + 240} bits here; the chip's take 816" in adders
    assert f"up to {PART.clock_pj:.2f} pJ" in told["clock of the flip-flops"].otherwise
