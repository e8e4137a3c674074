"""What composed macros gave when their hardware and models were written by hand.

``python tests/recorded_compositions.py NAME …`` writes the digests of these macros anew, of all of
them without a name. They were written at the last commit at which the macro was not composed; a
test compares what is composed today with them.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from support.core_networks import TINY, TINY_TILES

from neuroloom.flows.macros.catalogue import macro, macro_of
from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.ports import Integers, Stream, Traffic, count
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.simulator import Simulator, simulate

FILE = Path(__file__).with_suffix(".json")
SPECIFICATIONS = {
    "bnn_network": 60,
    "bnn_conv_network": 40,
    "core_network": 12,
    "imc_core": 20,
    "crossbar_chip": 24,
    "rram_layer": 40,
    "mesh": 40,
}
OPERATIONS = 5


def specifications(name: str) -> Iterator[Spec]:
    """Random ones of a macro, the same in every run, and two small networks of cores."""
    stimulus, rng = macro(name).stimulus_type, np.random.default_rng(15)
    for _ in range(SPECIFICATIONS[name]):
        yield stimulus.random_spec(rng)
    if name == "core_network":
        yield from (TINY, TINY_TILES)


def digests(spec: Spec, number: int) -> dict[str, Any]:
    """Of a specification's streams, inventory, contract and tokens; cycles of five operations.

    ``number`` seeds the values of all tokens; the stimulus says only how many a load has.
    """
    rng = np.random.default_rng(number)
    load = macro_of(spec).stimulus(spec).setup(rng) or {}
    consumed = spec.contract.consumes
    sent = [
        {name: count(load[name]) for name in load},
        {name: tokens * OPERATIONS for name, tokens in consumed.items()},
    ]
    loads, work = [
        {
            each.name: _tokens(each, rng, counts[each.name])
            for each in spec.input_streams
            if each.name in counts
        }
        for counts in sent
    ]
    _meant(spec, work)
    model = spec.model()
    given = [model.run(part) for part in (loads, work) if part]
    return {
        "streams": digest(*(repr(_essence(stream)) for stream in spec.streams)),
        "inventory": digest(repr(spec.inventory)),
        "contract": digest(
            repr(
                [
                    spec.contract.operation,
                    spec.contract.consumes,
                    spec.contract.produces,
                    spec.contract.latency,
                    spec.contract.interval,
                    spec.contract.start,
                ]
            )
        ),
        "tokens": digest(*map(_listed, given)),
        "cycles": _cycles(spec, number, loads, work),
    }


def _tokens(stream: Stream, rng: np.random.Generator, number: int) -> dict[str, Integers]:
    return {
        field.name: rng.integers(field.minimum, field.maximum + 1, field.shape(number))
        for field in stream.fields
    }


def _meant(spec: Spec, work: dict[str, dict[str, Integers]]) -> None:
    """Random tokens made such as a macro takes: every input of a mesh with a source of its own,
    events of a chip for cores that are there, and some more ticks.
    """
    if isinstance(spec, MeshSpec) and spec.source_bits:
        for number, name in enumerate(spec.inputs):
            work[name]["source"] = np.full(OPERATIONS, number)
    if isinstance(spec, CrossbarChipSpec):
        events = work["events"] = {
            name: np.tile(values, 8) for name, values in work["events"].items()
        }
        core = spec.core
        most = {"x": spec.columns, "y": spec.rows, "axon": core.axons, "delay": core.slots}
        for name, number in most.items():
            events[name] %= number
        events["tick"][3::4], events["tick"][-1] = 1, 1


def _cycles(spec: Spec, seed: int, load: Traffic, work: Traffic) -> int:
    counted: list[int] = []

    async def replayed(sim: Simulator) -> None:
        bench = Bench(spec, sim, seed)
        await bench.reset()
        if load:
            await bench.send(load)
        await bench.replay(work)
        counted.append(bench.report.cycles)

    simulate(FlatPorts(macro_of(spec).component(spec)), replayed)
    return counted[0]


def _listed(traffic: Traffic) -> str:
    return json.dumps(
        {
            stream: {field: np.asarray(values).tolist() for field, values in tokens.items()}
            for stream, tokens in traffic.items()
        },
        sort_keys=True,
    )


def _essence(stream: Stream) -> list[Any]:
    """Names, direction and widths."""
    fields = [(each.name, each.bits, each.signed, each.lanes) for each in stream.fields]
    return [stream.name, stream.direction, fields, stream.flow, str(stream.handshake)]


def digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def record(spec: Spec, number: int) -> dict[str, Any]:
    """The fields and digests of a specification."""
    fields = spec.model_dump(mode="json", exclude_defaults=True)
    return {"spec": fields, **digests(spec, number)}


if __name__ == "__main__":
    recorded = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in sys.argv[1:] or SPECIFICATIONS:
        recorded[name] = [record(spec, number) for number, spec in enumerate(specifications(name))]
    lines = [
        f'"{name}": [\n' + ",\n".join(json.dumps(each) for each in several) + "\n]"
        for name, several in recorded.items()
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
