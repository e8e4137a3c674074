"""What is composed of parts and wires: streams, model and hardware follow, and wrong wires tell."""

import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from support.compositions import Drawn, adapter, halves, loaded, sums, words

from neuroloom.flows.commands.described import part_table
from neuroloom.flows.verilog.emit import netlist
from neuroloom.golden.events.router import RouterSpec
from neuroloom.golden.ports import Field, Integers, Traffic
from neuroloom.golden.wires import Constant, Lanes, Wire
from neuroloom.hdl.composition import component_of
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.partners import BenchError
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens


def halves_of(rows: Integers) -> Integers:
    """What :func:`halves` gives, known without parts or wires."""
    return np.stack([rows[:, :2], rows[:, 2:]], axis=2).reshape(-1, 2)


def rows(number: int = 40, seed: int = 3) -> Integers:
    return np.random.default_rng(seed).integers(0, 64, (number, 4))


class DrawnStimulus(Stimulus[Drawn]):
    """Random tokens at every input."""

    def corners(self) -> Traffic:
        return self.random(np.random.default_rng(0), 2)

    def random(self, rng: Rng, operations: int) -> Traffic:
        consumed = self.spec.contract.consumes
        return {
            stream.name: random_tokens(stream, rng, operations * consumed[stream.name])
            for stream in self.spec.input_streams
        }

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        return self.random(rng, 0)

    def coverage(self) -> list[Cover]:
        return []

    @classmethod
    def random_spec(cls, rng: Rng) -> Drawn:
        return halves()


def in_hardware(spec: Drawn, hardware: Drawn | None = None) -> None:
    """BenchError where the hardware of a specification does not give what the model gives."""

    async def regress(sim: Simulator) -> None:
        await Regimen(spec, sim, 1).regress(DrawnStimulus(spec), 40)

    simulate(FlatPorts(component_of(hardware or spec)), regress)


def test_lanes_are_cut_and_put_side_by_side() -> None:
    spec, numbers = halves(), rows()
    given = spec.model().run({"rows": {"data": numbers}})
    assert np.array_equal(given["pairs"]["data"], halves_of(numbers))
    in_hardware(spec)


@pytest.mark.parametrize("wrong", [halves(first=1), halves(crossed=True)], ids=["lane", "crossed"])
def test_a_wrong_wire_is_seen_in_model_and_hardware(wrong: Drawn) -> None:
    numbers = rows()
    given = wrong.model().run({"rows": {"data": numbers}})
    assert not np.array_equal(given["pairs"]["data"], halves_of(numbers))
    with pytest.raises(BenchError, match="stream 'pairs', token 0"):
        in_hardware(halves(), hardware=wrong)


def test_parts_may_be_compositions() -> None:
    spec, numbers = sums(3), rows()
    given = spec.model().run({"rows": {"data": numbers}})
    assert np.array_equal(given["pairs"]["data"], halves_of(numbers))
    in_hardware(spec)


def test_a_stream_goes_to_several_and_constants_are_loaded_once() -> None:
    rng = np.random.default_rng(4)
    weights = rng.integers(0, 2, (2, 3, 5))
    spec, vectors = loaded(weights), rng.integers(0, 2, (20, 5))
    model = spec.model()
    given = [
        model.run({"vectors": {"bits": part}})["scores"]["pair"]
        for part in (vectors[:7], vectors[7:])
    ]
    agree = (vectors[:, None, None, :] == weights).sum(axis=3)
    expected = agree.swapaxes(1, 2).reshape(-1, 2)
    assert np.array_equal(np.concatenate(given), expected)
    in_hardware(spec)
    with pytest.raises(BenchError, match="stream 'scores', token 0"):
        in_hardware(spec, hardware=loaded(weights, crossed=True))
    modules = [
        line
        for line in netlist(component_of(spec), "drawn").splitlines()
        if line.startswith("module ") and line.endswith("bnn_layer")
    ]
    assert len(modules) == 1, "equal parts are elaborated once"


WIDE, NARROW = words("wide", "in", 4), words("narrow", "out", 1)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"chosen": ()}, "a composed macro has no parts"),
        ({"opened": (("wide", "a.packed"),)}, "a.repacked meets nothing"),
        (
            {"opened": (("wide", "a.packed"), ("narrow", "a.unpacked"))},
            "part 'a' has no stream 'unpacked'; it has packed, repacked",
        ),
        ({"opened": (("wide", "b.packed"),)}, "no part or stream is called 'b'; there are a"),
        ({"joined": (Wire("wide", "a.packed"),)}, "a.packed is driven by 2 wires or constants"),
        (
            {"loaded": (Constant("a.packed", {"data": np.zeros((1, 4), np.int64)}),)},
            "a.packed is driven by 2 wires or constants",
        ),
        ({"opened": (("a", "a.packed"), ("narrow", "a.repacked"))}, "'a' is a part and a stream"),
        (
            {
                "opened": (("narrow", words("narrow", "out", 4)), ("wide", "a.packed")),
                "joined": (Wire("a.packed", "narrow"),),
            },
            "a.packed gives no tokens to the inside",
        ),
        (
            {
                "opened": (("wide", WIDE), ("narrow", "a.repacked")),
                "joined": (Wire("wide", "wide"),),
            },
            "wide takes no tokens from inside",
        ),
        (
            {
                "opened": (("wide", WIDE), ("narrow", "a.repacked")),
                "joined": (Wire((Lanes("wide", 1, 4),), "a.packed"),),
            },
            "wide has lanes 0 to 3",
        ),
        (
            {
                "opened": (("wide", WIDE), ("narrow", "a.repacked")),
                "joined": (Wire((Lanes("wide", 1, 2),), "a.packed"),),
            },
            "tokens of 2 unsigned numbers of 6 bits do not fit 4 unsigned numbers of 6 bits",
        ),
        (
            {
                "opened": (
                    ("wide", replace(WIDE, fields=(Field("data", 6, "numbers", True, 4),))),
                    ("narrow", "a.repacked"),
                ),
                "joined": (Wire("wide", "a.packed"),),
            },
            "tokens of 4 signed numbers of 6 bits do not fit 4 unsigned numbers of 6 bits",
        ),
        (
            {
                "opened": (("wide", WIDE), ("narrow", "a.repacked")),
                "joined": (Wire("wide", "a.packed", fields=("bits",)),),
            },
            "no field 'bits'; there are data",
        ),
        (
            {
                "chosen": (("a", adapter(4, 2)), ("b", adapter(2, 4))),
                "joined": (Wire("a.repacked", "b.packed"), Wire("b.repacked", "a.packed")),
                "opened": (),
            },
            "parts in a loop: a → b → a; write the model by hand",
        ),
        (
            {
                "chosen": (("a", RouterSpec()), ("b", RouterSpec())),
                "opened": (),
                "joined": (Wire("a.to_north", "b.from_south"),),
            },
            "which tokens a.to_north gives first",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_part_and_stream(fields: dict[str, Any], told: str) -> None:
    plain = {
        "chosen": (("a", adapter(4, 1)),),
        "opened": (("wide", "a.packed"), ("narrow", "a.repacked")),
    }
    assert [each.name for each in Drawn.model_validate(plain).streams] == ["wide", "narrow"]
    with pytest.raises(ValidationError) as refused:
        Drawn.model_validate({**plain, **fields})
    assert told in str(refused.value)


def test_a_copy_has_wires_of_its_own() -> None:
    spec, numbers = halves(), rows()
    assert spec.wiring.order
    assert set(dict(spec)) == set(Drawn.model_fields)
    copied = spec.model_copy(update={"joined": halves(crossed=True).joined})
    given = copied.model().run({"rows": {"data": numbers}})
    assert np.array_equal(given["pairs"]["data"], halves_of(numbers)[:, ::-1])


def test_two_hundred_parts_of_ten_kinds() -> None:
    kinds = [adapter(4, 2, length) for length in range(4, 24, 2)]
    chain = [(f"part{number}", kind) for number in range(100) for kind in [kinds[number % 10]]]
    chosen = [
        pair
        for name, kind in chain
        for pair in ((name, kind), (f"{name}_back", adapter(2, 4, kind.length)))
    ]
    names = [name for name, _ in chosen]
    wires = [Wire(f"{name}.repacked", f"{following}.packed") for name, following in pairwise(names)]
    begin = time.process_time()
    spec = Drawn(
        chosen=tuple(chosen),
        joined=tuple(wires),
        takes=(("rows", 1),),
        gives=(("same", 1),),
        opened=(("rows", "part0.packed"), ("same", "part99_back.repacked")),
    )
    assert len(spec.wiring.order) == 200
    assert part_table(spec).row_count == 200
    assert spec.inventory.flip_flops > 200
    assert spec.cautions() == ()
    assert time.process_time() - begin < 1, "what show does, without the start of Python"
    text = netlist(component_of(spec), "drawn")
    assert time.process_time() - begin < 20
    assert sum(line.startswith("module ") for line in text.splitlines()) == 20 + 1
