"""Outside tools on Verilog: yosys, Verilator and Icarus."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pyosys import libyosys

from neuroloom.flows.simulation import verilator
from neuroloom.flows.tools.process import has_tool
from neuroloom.flows.verilog.naming import KEYWORDS

with_icarus = pytest.mark.skipif(not has_tool("iverilog"), reason="needs iverilog")


def output(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **verilator.environment()},
    )
    return done.stdout + done.stderr


def lint(text: str, top: str, folder: Path) -> None:
    file = folder / f"{top}.v"
    file.write_text(text)
    said = output(*verilator.lint_command("--top-module", top, file), folder=folder)
    warnings = [line for line in said.splitlines() if not line.startswith("- ")]
    assert not warnings, "\n".join(warnings[:40])
    if has_tool("iverilog"):
        assert output("iverilog", "-Wall", "-g2005", "-o", os.devnull, file, folder=folder) == ""


def yosys(*passes: str) -> None:
    design = libyosys.Design()
    for line in passes:
        libyosys.run_pass(f"tee -q {line}", design)


def comparison(ports: Sequence[Any]) -> str:
    """Random inputs into both modules; every output bit that the reference knows must agree."""
    lines = ["module tb;", "reg clk = 0, rst = 1; integer n, good = 0, bad = 0;"]
    drive, check = [], []
    pins: dict[str, list[str]] = {"dut": [], "ref": []}
    for wire in ports:
        port, is_input = wire.name[1:], wire.direction == "input"
        if not is_input:
            lines.append(f"wire [{wire.width - 1}:0] dut_{port}, ref_{port};")
            check.append(
                f"if (((dut_{port} ^ ref_{port}) !== (ref_{port} ^ ref_{port}))) begin "
                f'bad = bad + 1; if (bad < 6) $display("BAD %0d {port} %b %b", n, '
                f"dut_{port}, ref_{port}); end else if (^ref_{port} !== 1'bx) good = good + 1;"
            )
        elif port not in ("clk", "rst"):
            lines.append(f"reg [{wire.width - 1}:0] i_{port};")
            draw = "{" + ", ".join(["$random"] * (wire.width // 32 + 1)) + "}"
            drive.append(f"i_{port} = {draw}; if ($random % 8 == 0) i_{port} = 0;")
        for module, pin in pins.items():
            safe = f"{port}_" if port in KEYWORDS else port
            shown = safe if module == "dut" else f"\\{port}"
            local = port if port in ("clk", "rst") else f"i_{port}"
            pin.append(f".{shown} ({local if is_input else f'{module}_{port}'})")
    lines += [f"{module} u_{module} ({', '.join(pin)});" for module, pin in pins.items()]
    lines += ["initial begin for (n = 0; n < 2000; n = n + 1) begin", *drive]
    lines += ["rst = n < 3 || $random % 64 == 0; #1;", *check, "#4 clk = 1; #1;", *check]
    lines += ["#4 clk = 0; #1; end"]
    lines += ['if (bad) $display("FAILED %0d", bad); else $display("OK %0d", good);']
    return "\n".join([*lines, "$finish; end", "endmodule", ""])
