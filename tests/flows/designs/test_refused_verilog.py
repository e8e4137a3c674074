"""Verilog of the user's that the front end refuses: a sentence with the user's own paths."""

import errno
from pathlib import Path

import pytest

from neuroloom.flows.designs import yosys
from neuroloom.flows.designs.design import of_files
from neuroloom.flows.tools.errors import ToolFailed, UsageError

WIRE = "module wire_{0} (input a, output y);\n  assign y = a;\nendmodule\n"
BROKEN = WIRE.format("x").replace("= a", "= b +")
OPEN = "module open #(parameter int W) (input [W:0] a, output y); assign y = a[0]; endmodule"
NO_MODULES = "// module one ();\n/* module two ();\n */"
THREE = "".join(map(WIRE.format, "abc"))
TWELVE = "".join(map(WIRE.format, "abcdefghijkl"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "odd.svh").write_text("wire w = ;\n")
    monkeypatch.chdir(tmp_path)


def refused(text: str, top: str, name: str = "deep/design.sv") -> str:
    file = Path(name)
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        of_files([file], top)
    return str(caught.value)


@pytest.mark.parametrize("name", ["deep/design.sv", "../design.sv", 'it\'s a "ü" $x; #y \\z.sv'])
def test_wrong_verilog_is_named_as_given_with_its_line(name: str) -> None:
    assert refused(BROKEN, "wire_x", name) == (
        f"the Verilog cannot be read: {name}:2: use of undeclared identifier 'b' (and 1 more)"
    )


@pytest.mark.parametrize(
    ("text", "top", "sentence"),
    [
        (
            THREE,
            "other",
            "there is no module other in deep/design.sv: its modules are wire_a, wire_b, wire_c",
        ),
        (
            TWELVE,
            "wire",
            "there is no module wire in deep/design.sv: its modules are wire_a, wire_b, wire_c, "
            "wire_d, wire_e, wire_f, wire_g, wire_h and 4 more",
        ),
        (NO_MODULES, "one", "there is no module one in deep/design.sv, nor any other"),
        (
            OPEN,
            "open",
            "module open of deep/design.sv cannot be the top: "
            "it has parameters without a value, or is no module that stands alone",
        ),
        (
            f'\n`include "absent.svh"\n{THREE}',
            "wire_a",
            "deep/design.sv:2 includes absent.svh, which is not there: "
            "it is looked for beside the file that includes it",
        ),
        (
            f'`include "odd.svh"\n{THREE}',
            "wire_a",
            "the Verilog cannot be read: deep/odd.svh:1: expected expression",
        ),
        (
            WIRE.format("a") * 2,
            "wire_a",
            "the Verilog cannot be read: deep/design.sv:4: duplicate definition of 'wire_a'",
        ),
    ],
)
def test_what_the_front_end_refuses_is_one_sentence(text: str, top: str, sentence: str) -> None:
    assert refused(text, top) == sentence


def test_several_files_are_named() -> None:
    files = [Path(f"{name}.sv") for name in "abcdefghij"]
    for file in files:
        file.write_text(WIRE.format(file.stem))
    with pytest.raises(UsageError, match=r"no module other in a\.sv, .* h\.sv and others: its"):
        of_files(files, "other")
    files[3].write_text(BROKEN)
    with pytest.raises(UsageError, match=r"cannot be read: d\.sv:2: use of undeclared"):
        of_files(files, "wire_a")


def test_a_front_end_that_fails_by_itself_keeps_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("wire.sv").write_text(WIRE.format("a"))
    monkeypatch.setattr(
        yosys, "WORKER", "print('ERROR: Exception: short of it'); raise SystemExit(1)"
    )
    with pytest.raises(ToolFailed, match=r"(?s)the Verilog was not read: .* short of it"):
        of_files([Path("wire.sv")], "wire_a")


def test_a_file_that_may_not_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path, *_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(file))

    Path("wire.sv").write_text(WIRE.format("a"))
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match=r"^cannot read the Verilog file wire\.sv: Permission den"):
        of_files([Path("wire.sv")], "wire_a")


def test_a_byte_order_mark_is_no_part_of_a_design() -> None:
    Path("wire.sv").write_text("\ufeff" + WIRE.format("a"), encoding="utf-8")
    assert of_files([Path("wire.sv")], "wire_a").outputs == {"y": 1}
