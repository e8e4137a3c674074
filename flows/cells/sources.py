"""Sources of standard-cell libraries, and the form in which all tools read them."""

import fnmatch
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from neuroloom.flows.cells.liberty import LibertyGroup, parse, read_text
from neuroloom.flows.cells.library import Library, library
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.tools.errors import UsageError

LIBRARY = "library.json"
FORM = TypeAdapter(Library)
"""Form of a library in the cache."""
FORMAT = "9"
"""Changes when the pruned form or what is made of it does."""
UNUSED_GROUPS = {
    "ccsn_first_stage",
    "ccsn_last_stage",
    "normalized_driver_waveform",
    "output_current_fall",
    "output_current_rise",
    "pg_pin",
    "receiver_capacitance",
    "wire_load",
    "wire_load_selection",
    "wire_load_table",
    "test_cell",
    "input_voltage",
    "output_voltage",
    "dc_current",
}
UNUSED_ATTRIBUTES = {
    "default_wire_load",
    "default_wire_load_mode",
    "default_wire_load_selection",
    "related_ground_pin",
    "related_power_pin",
    "related_bias_pin",
    "power_down_function",
    "driver_waveform_fall",
    "driver_waveform_rise",
}


@dataclass(frozen=True)
class Kit:
    """An open process design kit in the layout that its usual managers give it."""

    node: int
    """[nm]"""
    pattern: str
    """Its Liberty files below ``$PDK_ROOT``, plain or gzipped."""
    dont_use: tuple[str, ...]
    """Names of cells that are not for logic, as shell patterns."""
    note: str = ""
    corners: tuple[tuple[str, str], ...] = ()
    """Further corners, slow and fast, and their Liberty files."""
    srams: str = ""
    """Liberty files of its SRAM macros below ``$PDK_ROOT``."""


KITS = {
    "sky130": Kit(
        130,
        "sky130A/libs.ref/sky130_fd_sc_hd/lib/sky130_fd_sc_hd__tt_025C_1v80.lib*",
        ("*probe*", "*lpflow*", "*dly*", "*__clk*", "*sparecell*", "*__edf*"),
        srams="sky130A/libs.ref/sky130_sram_macros/lib/*_TT_1p8V_25C.lib*",
    ),
    "sg13g2": Kit(
        130,
        "ihp-sg13g2/libs.ref/sg13g2_stdcell/lib/sg13g2_stdcell_typ_1p20V_25C.lib*",
        ("*dly*",),
        corners=(
            ("slow", "ihp-sg13g2/libs.ref/sg13g2_stdcell/lib/sg13g2_stdcell_slow_1p08V_125C.lib*"),
            ("fast", "ihp-sg13g2/libs.ref/sg13g2_stdcell/lib/sg13g2_stdcell_fast_1p32V_m40C.lib*"),
        ),
        srams="ihp-sg13g2/libs.ref/sg13g2_sram/lib/*_typ_1p20V_25C.lib*",
    ),
    "gf180": Kit(
        180,
        "gf180mcuD/libs.ref/gf180mcu_fd_sc_mcu7t5v0/lib/gf180mcu_fd_sc_mcu7t5v0__tt_025C_3v30.lib*",
        ("*__dly*", "*__clk*", "*__hold"),
        srams="gf180mcuD/libs.ref/gf180mcu_fd_ip_sram/lib/*__tt_025C_3v30.lib*",
    ),
    "asap7": Kit(
        7,
        "asap7/libs.ref/asap7sc7p5t_rvt/lib/asap7sc7p5t_*_RVT_TT_nldm*.lib*",
        ("*x1p*", "*xp*", "HB*", "CKINV*", "SDF*"),
        "predictive kit",
        srams="asap7/libs.ref/fakeram7/lib/fakeram7_*.lib*",
    ),
}


def kit_files(name: str) -> list[Path]:
    """The kit's Liberty files below ``$PDK_ROOT``; empty where they are not."""
    root = os.environ.get("PDK_ROOT")
    return sorted(Path(root).glob(KITS[name].pattern)) if root else []


def sram_files(name: str) -> list[Path]:
    """Liberty files of the kit's SRAM macros below ``$PDK_ROOT``; empty where they are not."""
    root = os.environ.get("PDK_ROOT")
    return sorted(Path(root).glob(KITS[name].srams)) if root and KITS[name].srams else []


def prune(groups: Sequence[LibertyGroup], dont_use: Sequence[str] = ()) -> LibertyGroup:
    """One library of the files' cells that logic synthesis may use, without what no tool reads.

    Left out are cells named by ``dont_use`` or marked so, latches, clock gates, scan and tri-state
    cells, and those without logic. UsageError when files are of different units or corners.
    """
    first = groups[0]
    merged = LibertyGroup(first.kind, first.names, {}, list(first.complexes))
    merged.attributes = {
        name: value for name, value in first.attributes.items() if name not in UNUSED_ATTRIBUTES
    }
    seen: set[tuple[str, str]] = set()
    for group in groups:
        for name in ("time_unit", "nom_voltage", "nom_temperature"):
            if group.attributes.get(name) != first.attributes.get(name):
                raise UsageError(
                    f"the libraries {first.name} and {group.name} differ in {name}; "
                    "give files of one corner"
                )
        for each in group.groups:
            if each.kind == "cell" and not _usable(each, dont_use):
                continue
            if each.kind not in UNUSED_GROUPS and (each.kind, each.name) not in seen:
                seen.add((each.kind, each.name))
                merged.groups.append(stripped(each))
    return merged


def _usable(cell: LibertyGroup, dont_use: Sequence[str]) -> bool:
    if any(fnmatch.fnmatchcase(cell.name, pattern) for pattern in dont_use):
        return False
    if any(cell.attributes.get(flag) == "true" for flag in ("dont_use", "is_isolation_cell")):
        return False
    if any(cell.first(kind) for kind in ("latch", "statetable", "test_cell", "latch_bank")):
        return False
    outputs = [pin for pin in cell.all("pin") if pin.attributes.get("direction") == "output"]
    return bool(outputs) and all(
        "function" in pin.attributes and "three_state" not in pin.attributes for pin in outputs
    )


def stripped(group: LibertyGroup) -> LibertyGroup:
    """A group without what no tool reads; internal power by state becomes the mean over states."""
    kept = [stripped(each) for each in group.groups if each.kind not in UNUSED_GROUPS]
    if group.kind == "pin":
        kept = _without_states(kept)
    attributes = {n: text for n, text in group.attributes.items() if n not in UNUSED_ATTRIBUTES}
    return LibertyGroup(group.kind, group.names, attributes, group.complexes, kept)


def _without_states(groups: list[LibertyGroup]) -> list[LibertyGroup]:
    """Internal power that depends on the state of other pins becomes the mean over the states."""
    tables: dict[tuple[str, str], list[LibertyGroup]] = {}
    kept = []
    for group in groups:
        if group.kind != "internal_power":
            kept.append(group)
            continue
        for table in group.groups:
            tables.setdefault((group.attributes.get("related_pin", ""), table.kind), []).append(
                table
            )
    for related in dict.fromkeys(pin for pin, _ in tables):
        attributes = {"related_pin": related} if related else {}
        means = [_mean(each) for (pin, _), each in tables.items() if pin == related]
        kept.append(LibertyGroup("internal_power", (), attributes, [], means))
    return kept


def _mean(tables: list[LibertyGroup]) -> LibertyGroup:
    first = tables[0]
    grids = [table.numbers("values") for table in tables]
    if not grids[0]:
        raise UsageError(f"an internal_power table {first.kind} has no values")
    alike = [grid for grid in grids if len(grid) == len(grids[0])]
    width = len(first.numbers("index_2")) or len(grids[0])
    mean = [sum(column) / len(alike) for column in zip(*alike, strict=True)]
    rows = [mean[start : start + width] for start in range(0, len(mean), width)]
    values = ", ".join('"' + ", ".join(f"{value:.6g}" for value in row) + '"' for row in rows)
    axes = [each for each in first.complexes if each[0] != "values"]
    return LibertyGroup(first.kind, first.names, {}, [*axes, ("values", values)], [])


@dataclass(frozen=True)
class MemoryTexts:
    """What other tools are given of a memory that is a cell."""

    name: str
    black_box: str
    model: str
    """Verilog that simulates."""
    counting: str
    """The same with further outputs, each of which changes with every access of its kind."""
    liberty: str
    """Empty where there is none."""


@dataclass(frozen=True)
class WorkingLibrary:
    """A library ready for use: one pruned Liberty file, and the same for timing and power."""

    file: Path
    library: Library
    digest: str
    """Digest of the pruned file's content."""
    memories: tuple[MemoryTexts, ...] = ()
    """Texts of the memories among the library's cells, which are in no file."""


def working_library(texts: Sequence[tuple[str, str]], dont_use: Sequence[str]) -> WorkingLibrary:
    """Merge and prune Liberty texts, each with the name of where it is from; done once and kept."""

    def make(scratch: Path, result: Path) -> None:
        groups = [parse(text, source) for source, text in texts]
        try:
            merged = prune(groups, dont_use)
            written = library(merged)
        except UsageError as error:
            sources, why = ", ".join(source for source, _ in texts), str(error)
            if dont_use and _maps(groups):
                why = (
                    f"too few cells are left without {', '.join(dont_use)}: "
                    "a flip-flop and an inverter are needed; leave out fewer with --dont-use"
                )
            raise UsageError(f"{sources}: {why}") from None
        (result / LIBRARY).write_bytes(FORM.dump_json(written))
        (result / "cells.lib").write_text("\n".join(merged.write()) + "\n")

    parts = [FORMAT, *dont_use, *(text for _, text in texts)]
    folder = cached_folder("liberty", parts, make)
    return _loaded(folder)


def _maps(groups: Sequence[LibertyGroup]) -> bool:
    """Whether all usable cells together can map a design."""
    with suppress(UsageError):
        return bool(library(prune(groups)).cells)
    return False


@cache
def _loaded(folder: Path) -> WorkingLibrary:
    files = FORM.validate_json((folder / LIBRARY).read_bytes())
    return WorkingLibrary(folder / "cells.lib", files, folder.name.rpartition("-")[2])


def from_files(files: Sequence[Path], dont_use: Sequence[str] = ()) -> WorkingLibrary:
    """The library in the user's own files, read together."""
    return working_library([(str(file), read_text(file)) for file in files], dont_use)


def from_kit(name: str, dont_use: Sequence[str] = ()) -> WorkingLibrary:
    """The library of a kit below ``$PDK_ROOT``; UsageError where it is not."""
    files = kit_files(name)
    if not files:
        raise UsageError(
            f"{name} needs its Liberty files: set PDK_ROOT to the folder that holds "
            f"{KITS[name].pattern}, or give them with --liberty"
        )
    return from_files(files, (*KITS[name].dont_use, *dont_use))


def corner_libraries(name: str, dont_use: Sequence[str] = ()) -> dict[str, WorkingLibrary]:
    """Libraries of the kit's further corners below ``$PDK_ROOT`` by name of the corner."""
    root, kit = os.environ.get("PDK_ROOT"), KITS[name]
    found = {corner: sorted(Path(root).glob(pattern)) for corner, pattern in kit.corners if root}
    return {
        corner: from_files(files, (*kit.dont_use, *dont_use))
        for corner, files in found.items()
        if files
    }
