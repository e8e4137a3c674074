"""Generation: a folder that stands alone, with Verilog, manifest, vectors and testbench."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from neuroloom.flows.tools.provenance import KEY, provenance
from neuroloom.flows.tools.writing import output_folder, written_aside
from neuroloom.flows.verilog.emit import emit
from neuroloom.flows.verilog.testbench import testbench, vector_files
from neuroloom.flows.verilog.tile_testbench import companion_files
from neuroloom.flows.verilog.vectors import Vectors, vectors
from neuroloom.golden.ports import count, port_name
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unused_fields


@dataclass(frozen=True)
class Generated:
    """What was written."""

    folder: Path
    name: str
    files: tuple[Path, ...]
    manifest: dict[str, Any]


def generate(
    spec: Spec, folder: Path, name: str | None = None, seed: int = 1, memory_zeros: bool = False
) -> Generated:
    """Write ``NAME.v``, ``NAME_manifest.json``, ``NAME_tb.v`` and a vector file a stream.

    There is no testbench for a macro with asynchronous links; macros at a differential array get
    a model of it and a testbench of both together (``flows/verilog/tile_testbench.py``).

    Parameters: ``name`` of the Verilog module, by default the macro's; ``seed`` of the vectors;
    ``memory_zeros`` gives memories zeros to begin with that are written before they are read.
    All files or none are written. UsageError when the folder cannot be written to.
    """
    with output_folder(folder):
        return _generate(spec, folder, name, seed, memory_zeros)


def _generate(
    spec: Spec, folder: Path, name: str | None, seed: int, memory_zeros: bool
) -> Generated:
    emitted = emit(spec, name, memory_zeros=memory_zeros)
    traffic = vectors(spec, seed)
    phases = traffic.phases
    texts = {
        f"{emitted.name}.v": emitted.verilog,
        **vector_files(spec, emitted.name, phases),
        **companion_files(spec, emitted.name, seed),
    }
    if not any(stream.asynchronous for stream in spec.streams):
        texts[f"{emitted.name}_tb.v"] = testbench(spec, emitted.name, phases)
    manifest = _manifest(spec, emitted.name, seed, texts, traffic, memory_zeros)
    texts[f"{emitted.name}_manifest.json"] = json.dumps(manifest, indent=2) + "\n"
    with written_aside(folder) as aside:
        for file, text in texts.items():
            (aside / file).write_text(text, encoding="utf-8")
    return Generated(folder, emitted.name, tuple(folder / file for file in texts), manifest)


def _manifest(
    spec: Spec, name: str, seed: int, texts: dict[str, str], traffic: Vectors, memory_zeros: bool
) -> dict[str, Any]:
    tokens = {
        stream.name: sum(
            count(phase[stream.name]) for phase in traffic.phases if stream.name in phase
        )
        for stream in spec.streams
    }
    return {
        "macro": spec.macro,
        "module": name,
        "summary": spec.summary,
        "source": spec.source,
        "spec": spec.model_dump(mode="json", exclude_none=True),
        "unused": sorted(unused_fields(spec)),
        "streams": [
            {
                "name": stream.name,
                "direction": stream.direction,
                "doc": stream.doc,
                "handshake": stream.handshake.value,
                **{control: port_name(stream, control) for control in stream.controls},
                "fields": [
                    {"port": port_name(stream, field.name), **asdict(field)}
                    for field in stream.fields
                ],
                "vectors": f"{name}_{stream.name}.hex",
                "tokens": tokens[stream.name],
                "flow": list(stream.flow),
            }
            for stream in spec.streams
        ],
        "clock": "clk",
        "reset": "rst (synchronous, active high)",
        "memory_zeros": memory_zeros,
        "contract": json.loads(json.dumps(asdict(spec.contract))),  # with lists, as it is read
        "cautions": list(spec.cautions()),
        "seed": seed,
        "vectors_left_out": traffic.left_out,
        "sha256": {file: hashlib.sha256(text.encode()).hexdigest() for file, text in texts.items()},
        KEY: provenance(),
    }
