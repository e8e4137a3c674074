"""Liberty files: read, pruned, merged, and the errors of files that are none."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from cells import FLIP_FLOP, HEAD, INVERTER, NAND, TEXT, tiny_group, tiny_library
from conftest import kit_params

from neuroloom.flows.cells.liberty import parse, read
from neuroloom.flows.cells.library import Table, library
from neuroloom.flows.cells.sources import from_files, from_kit, prune
from neuroloom.flows.errors import UsageError


def test_a_library_survives_being_written_and_read() -> None:
    group = tiny_group()
    again = parse("\n".join(group.write()), "again")
    assert library(again) == tiny_library()
    assert list(again.write()) == list(group.write())


def test_numbers_come_in_one_set_of_units() -> None:
    text = TEXT.replace('"1ns"', '"10ps"').replace("(1, pf)", "(2, ff)").replace('"1nW"', '"1uW"')
    cells = library(parse(text, "scaled")).cells
    inverter = cells["inv"]
    assert inverter.leakage == pytest.approx(3000.0)
    assert inverter.pins["A"].capacitance == pytest.approx(0.00002)
    (arc,) = inverter.pins["Y"].arcs
    assert arc.rise.rows == pytest.approx((0.0, 0.01))
    assert arc.rise.columns == pytest.approx((0.0, 0.0002))
    assert arc.rise.at(0.0, 0.0) == pytest.approx(0.001)
    (energy,) = inverter.pins["Y"].energies
    assert energy.rise is not None
    assert energy.rise.at(0.0, 0.0) == pytest.approx(0.02 * 0.002)


def test_tables_interpolate_and_extrapolate_linearly() -> None:
    rng = np.random.default_rng(7)
    rows, columns = (0.0, 1.0, 4.0), (0.0, 2.0, 3.0, 7.0)
    gain = rng.uniform(-1, 1, 4)

    def plane(x: float, y: float) -> float:
        return float(gain[0] + gain[1] * x + gain[2] * y)

    table = Table(rows, columns, tuple(tuple(plane(x, y) for y in columns) for x in rows))
    for x, y in rng.uniform(-2, 10, (200, 2)):
        assert table.at(x, y) == pytest.approx(plane(x, y))
    bent = Table((0.0, 1.0), (0.0, 1.0), ((0.0, 1.0), (2.0, 7.0)))
    assert bent.at(0.5, 0.5) == pytest.approx(2.5)
    assert bent.at(1.0, 1.0) == 7.0


def test_axes_in_either_order_mean_the_same() -> None:
    swapped = TEXT.replace("input_net_transition", "X").replace(
        "total_output_net_capacitance", "input_net_transition"
    )
    swapped = swapped.replace("variable_1 : X", "variable_1 : total_output_net_capacitance")
    (arc,) = library(parse(swapped, "swapped")).cells["inv"].pins["Y"].arcs
    assert arc.rise.at(0.1, 0.0) == pytest.approx(0.2)  # what was load is now slew
    (arc,) = tiny_library().cells["inv"].pins["Y"].arcs
    assert arc.rise.at(0.0, 0.1) == pytest.approx(0.2)


def test_continued_lines_and_comments_are_read() -> None:
    text = TEXT.replace('values ("', '/* a { comment */ values ( \\\n  "', 1)
    assert library(parse(text, "continued")) == tiny_library()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT[: len(TEXT) // 2].rsplit("{", 1)[0], "odd.lib"),
        ("this is no library", "odd.lib is not a Liberty file: line 1 cannot be read"),
        ("", "odd.lib is not a Liberty file"),
        ("cell (inv) { }", "odd.lib is not a Liberty file"),
        (HEAD + INVERTER + "}", "tiny has no flip-flop; add the file that has"),
        (HEAD + NAND + FLIP_FLOP + "}", "tiny has no inverter; add the file that has"),
    ],
)
def test_what_is_no_library_is_refused_in_a_sentence(
    text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "odd.lib"
    file.write_text(text)
    with pytest.raises(UsageError, match=message):
        from_files([file])


def test_missing_and_damaged_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the Liberty file .*absent.lib: No such"):
        read(tmp_path / "absent.lib")
    damaged = tmp_path / "damaged.lib.gz"
    damaged.write_bytes(gzip.compress(TEXT.encode())[:200])
    with pytest.raises(UsageError, match=r"damaged.lib.gz is damaged"):
        read(damaged)


def test_files_of_different_corners_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "a.lib").write_text(TEXT)
    (tmp_path / "b.lib").write_text(TEXT.replace("nom_voltage : 2.0", "nom_voltage : 1.8"))
    with pytest.raises(UsageError, match="differ in nom_voltage; give files of one corner"):
        from_files([tmp_path / "a.lib", tmp_path / "b.lib"])


def test_cells_that_are_not_for_logic_are_left_out() -> None:
    extra = (
        INVERTER.replace("(inv)", "(inv_probe)")
        + INVERTER.replace("(inv)", "(inv_never)").replace("area", "dont_use : true; area", 1)
        + INVERTER.replace("(inv)", "(tri)").replace("function", "three_state : B; function", 1)
        + FLIP_FLOP.replace("(dff)", "(scan)").replace("ff (", "test_cell () { } ff (", 1)
        + "cell (latch) { area : 1; latch (IQ, IQN) { enable : E; } }"
        + "cell (fill) { area : 1; }"
    )
    group = parse(f"{HEAD}{INVERTER}{NAND}{FLIP_FLOP}{extra}}}", "many")
    kept = [cell.name for cell in prune([group], ("*probe*",)).all("cell")]
    assert kept == ["inv", "nand2", "dff"]


def test_internal_power_by_state_becomes_its_mean() -> None:
    by_state = FLIP_FLOP.replace(
        "clock : true;",
        "clock : true; internal_power () { when : D; "
        'rise_power (energies) { values ("0.1, 0.1", "0.1, 0.1"); } '
        'fall_power (energies) { values ("0.7, 0.7", "0.7, 0.7"); } }',
    )
    merged = prune([parse(f"{HEAD}{INVERTER}{by_state}}}", "states")])
    (energy,) = library(merged).cells["dff"].pins["CLK"].energies
    assert energy.rise is not None
    assert energy.fall is not None
    assert energy.rise.at(0, 0) == pytest.approx((0.5 + 0.1) / 2)
    assert energy.fall.at(0, 0) == pytest.approx((0.3 + 0.7) / 2)


@pytest.mark.parametrize("kit", kit_params())
def test_open_kits_are_read(kit: str) -> None:
    made = from_kit(kit).library
    assert len(made.cells) > 30
    assert made.voltage in (0.7, 1.2, 1.8, 3.3)
    assert not [name for name in made.cells if "lpflow" in name or "dly" in name]
    for cell in made.cells.values():
        assert cell.area > 0
        for pin in cell.outputs:
            assert pin.function


def test_a_kit_that_is_not_there_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    with pytest.raises(UsageError, match="set PDK_ROOT to the folder that holds sky130A/"):
        from_kit("sky130")
