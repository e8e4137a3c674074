"""Liberty files: read, pruned, merged, and the errors of files that are none."""

import gzip
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from support.cells import FLIP_FLOP, HEAD, INVERTER, NAND, TEXT, tiny_group, tiny_library
from support.effort import THOROUGH
from support.machine import kit_params
from support.places import SHARED

from neuroloom.flows.cells import liberty
from neuroloom.flows.cells.liberty import parse, read
from neuroloom.flows.cells.library import LookupTable, library
from neuroloom.flows.cells.sources import FORM, from_files, from_kit, prune
from neuroloom.flows.tools.errors import UsageError

PDK = SHARED / "pdk"


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

    table = LookupTable(rows, columns, tuple(tuple(plane(x, y) for y in columns) for x in rows))
    for x, y in rng.uniform(-2, 10, (200, 2)):
        assert table.at(x, y) == pytest.approx(plane(x, y))
    bent = LookupTable((0.0, 1.0), (0.0, 1.0), ((0.0, 1.0), (2.0, 7.0)))
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


@pytest.mark.parametrize("kind", ["cell", "pin", "bus", "bundle"])
@pytest.mark.parametrize(
    "name", ["a; exec -- touch x", "a\nb", "a\n", "!touch x", "a b", "a#b", "a'b", "ä", "a\\b", ""]
)
def test_names_that_could_be_more_than_names_are_refused(kind: str, name: str) -> None:
    text = f'{HEAD}{kind} ("{name}") {{ }}}}'
    with pytest.raises(UsageError, match=rf"odd.lib names a {kind} .*letters, digits and _ \. \$"):
        parse(text, "odd.lib")


def test_names_of_memory_macros_are_read() -> None:
    names = ["A_ADDR[7:0]", "u.q", "$n", "D[3]", "0"]
    text = HEAD + "".join(f"cell ({each}) {{ bus ({each}) {{ }} }}" for each in names) + "}"
    assert [cell.name for cell in parse(text, "names").all("cell")] == names


@pytest.mark.flow
@pytest.mark.skipif(not PDK.is_dir(), reason="needs the open kits beside the project")
def test_every_file_of_the_open_kits_is_read() -> None:
    files = sorted(PDK.rglob("*.lib.gz"))
    assert len(files) > 60
    for file in files:
        group = read(file)
        assert group.first("cell") is not None, file


HOSTILE = {
    "slashes": "library(a){\n" + "/" * 200_000 + "\n@}",
    "comments": "library(a){" + "/* */" * 40_000 + "@}",
    "open comments": "library(a){" + "/*" * 100_000,
    "spaces": "library(a){ b : c" + " " * 200_000 + "{@",
    "spaces in arguments": "library(a){ b(c" + " " * 200_000 + "d); @}",
    "backslashes": "library(a){" + "\\\n" * 100_000 + "{@",
    "quotes": 'library(a){ b : "' + '\\"' * 100_000 + "{@",
    "open brackets": "library(a){" + "b(" * 100_000,
    "names": "library(a){" + "b" * 200_000 + "@}",
    "quoted names": "library(a){" + '"b' * 100_000 + "{@",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_in_linear_time(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(UsageError, match=r"hostile.lib"):
        parse(text, "hostile.lib")
    assert time.perf_counter() - begin < 2.0  # hundredths of it; squared, minutes


def test_large_files_are_refused_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liberty, "MOST_BYTES", 1 << 20)
    bomb = tmp_path / "bomb.lib.gz"
    bomb.write_bytes(gzip.compress(b" " * (64 << 20), 1))
    tracemalloc.start()
    with pytest.raises(UsageError, match=r"bomb.lib.gz holds more than 1 MB of text; split it"):
        from_files([bomb])
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
    plain = tmp_path / "plain.lib"
    plain.write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(UsageError, match=r"plain.lib holds more than 1 MB"):
        read(plain)


def test_too_many_statements_and_too_deep_groups_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(liberty, "MOST_STATEMENTS", 1000)
    with pytest.raises(UsageError, match=r"many.lib has more than 1,000 statements"):
        parse("library (a) {" + "b(){}" * 1000 + "}", "many.lib")
    with pytest.raises(UsageError, match=r"deep.lib has more than 32 groups within each other"):
        parse("library (a) {" + "b(){" * 100, "deep.lib")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("negative_unate", "sideways", "timing_sense is one of positive_unate, .* not 'sideways'"),
        ('"1ns"', '"1 fortnight"', "'1 fortnight' is no unit that is known; it ends in s, ms"),
        ("(1, pf)", "(pf)", None),
        ("(1, pf)", "()", None),
        ("(1, pf)", "(1)", "'1' is no unit"),
        ("area : 2", "area : 1e999", "area of cell inv is too large a number"),
        ('values ("', 'values ("1e999, ', "values of .* has too large a number"),
        ('values ("', 'values ("1, ', "has 5 values where 2 x 2 belong"),
        ("values (", "other (", "has 0 values"),
        ('clocked_on : "CLK"', 'clocked_on : "A & B"', "flip-flop dff is clocked on 'A & B'"),
    ],
)
def test_what_a_library_says_wrongly_is_refused_with_its_file(
    right: str, wrong: str, message: str | None, tmp_path: Path
) -> None:
    assert right in TEXT
    file = tmp_path / "odd.lib"
    file.write_text(TEXT.replace(right, wrong, 1))
    if message is None:
        assert from_files([file]).library.cells
        return
    with pytest.raises(UsageError, match=f"odd.lib: .*{message}"):
        from_files([file])


def test_damaged_libraries_are_read_or_refused_in_a_sentence() -> None:
    seed = 20_261_130
    rng = np.random.default_rng(seed)
    pieces = [*'"{}();:,\\!\n', "/*", "//", "0", "1e999", "-1", "pin", "cell", "\0", "é"]
    for number in range(20_000 if THOROUGH else 400):
        text = TEXT
        for _ in range(rng.integers(1, 4)):
            low = int(rng.integers(len(text)))
            high = low + int(rng.choice([0, 1, 5, 40]))
            text = text[:low] + str(rng.choice(pieces)) + text[high:]
        try:
            made = library(prune([parse(text, "damaged")]))
            assert FORM.validate_json(FORM.dump_json(made)) == made
        except UsageError:
            continue
        except Exception as error:
            raise AssertionError(f"seed {seed}, text {number}: {text}") from error


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


@pytest.mark.flow
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


def test_a_byte_order_mark_is_no_part_of_a_library(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + f"{HEAD}{INVERTER}{NAND}{FLIP_FLOP}}}".encode()
    for name, data in (("tiny.lib", content), ("tiny.lib.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(data)
        assert from_files([tmp_path / name]).library.name == "tiny"
