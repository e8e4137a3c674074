"""Wires that take fields, bits and some of the tokens, and programs; what of them does not fit."""

from typing import Any

import numpy as np
import pytest
from amaranth.sim import Simulator
from pydantic import ValidationError
from support.compositions import Drawn, adapter, played

from neuroloom.flows.commands.described import memory_table, part_table
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.composition import numbered, together
from neuroloom.golden.memories.memory_map import programming_tokens
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, Traffic, concatenate
from neuroloom.golden.program import Program
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.golden.wire_fields import Bits, Taken
from neuroloom.golden.wires import Constant, Wire
from neuroloom.hdl.composition import component_of
from neuroloom.verif.neurons.crossbar_core import CrossbarCoreStimulus
from neuroloom.verif.partners import BenchError

INPUTS, NEURONS = 5, 3
LAYER = BnnLayerSpec(
    inputs=INPUTS,
    neurons=NEURONS,
    pe=1,
    simd=INPUTS,
    output=LayerOutput.CLASS,
    parameters=ParameterSource.LOADED,
)
WEIGHTS = np.random.default_rng(5).integers(0, 2, (2, NEURONS, INPUTS))
LOADS = [LAYER.parameter_tokens(each, None)["weights"] for each in WEIGHTS]
PASSED = WidthAdapterSpec(length=1, input_lanes=1, output_lanes=1, bits=7)
WORD = Stream(
    "word",
    "in",
    (Field("data", 7, "inputs from bit 1 on, below them which layer"), Field("more", 1, "-")),
    "for one of two layers",
)


def winners(weights: Integers, vectors: Integers) -> tuple[Integers, Integers]:
    """The first neuron with most agreements, and how many."""
    agree = (vectors[:, None] == weights).sum(axis=2)
    return agree.argmax(axis=1), agree.max(axis=1)


PACKED: Taken = ("matches", "index", Bits("index", 0, 2))


def chosen(packing: Taken = PACKED, of: tuple[int, int] = (0, 1), low: int = 1) -> Drawn:
    """Words with a bit that chooses a layer; of each result a word: matches, index, two bits."""
    return Drawn(
        chosen=together(
            numbered("layer", (LAYER, LAYER)), numbered("out", (PASSED, PASSED))
        ).items(),
        joined=[
            wire
            for number, value in enumerate(of)
            for wire in (
                Wire(
                    "word",
                    f"layer{number}.activations",
                    fields={"bits": (Bits("data", low, INPUTS),)},
                    where=(Bits("data"), value),
                ),
                Wire(f"layer{number}.result", f"out{number}.packed", fields={"data": packing}),
            )
        ],
        loaded=[Constant(f"layer{number}.weights", load) for number, load in enumerate(LOADS)],
        opened=(("word", WORD), ("one", "out0.repacked"), ("other", "out1.repacked")),
        takes=(("word", 1),),
    )


def sent(vectors: Integers, which: Integers) -> Traffic:
    data = (vectors << np.arange(1, INPUTS + 1)).sum(axis=1) | which
    return {"word": {"data": data, "more": np.zeros_like(data)}}


def test_wires_take_bits_of_tokens_and_some_tokens() -> None:
    rng = np.random.default_rng(6)
    vectors, which = rng.integers(0, 2, (40, INPUTS)), rng.integers(0, 2, 40)
    spec = chosen()
    given = spec.model().run(sent(vectors, which))
    for number, name in enumerate(("one", "other")):
        index, matches = winners(WEIGHTS[number], vectors[which == number])
        expected = matches | index << 3 | index << 5
        assert given[name]["data"].ravel().tolist() == expected.tolist()
    played(spec, sent(vectors, which))


@pytest.mark.parametrize(
    "wrong",
    [chosen(of=(1, 0)), chosen(low=2), chosen(packing=("index", "matches", Bits("index", 0, 2)))],
    ids=["other tokens", "a bit further", "fields exchanged"],
)
def test_wrong_fields_are_seen_in_model_and_hardware(wrong: Drawn) -> None:
    rng = np.random.default_rng(6)
    traffic = sent(rng.integers(0, 2, (40, INPUTS)), rng.integers(0, 2, 40))
    right = chosen().model().run(traffic)
    given = wrong.model().run(traffic)
    assert any(right[name]["data"].tolist() != given[name]["data"].tolist() for name in right)
    with pytest.raises(BenchError, match=r"stream '(one|other)'"):
        played(chosen(), traffic, hardware=wrong)


CORE = CrossbarCoreSpec(axons=5, neurons=4, types=2, slots=4)


def programmed(ends: tuple[str, ...] = ("one.weights", "core.program", "two.weights")) -> Drawn:
    """Two layers with one vector between them, and a core, loaded by one program."""
    layer = LAYER.model_copy(update={"output": LayerOutput.SCORES})
    return Drawn(
        chosen=(("one", layer), ("core", CORE), ("two", layer)),
        joined=(),
        opened=(
            ("load", Program(ends)),
            ("first", "one.activations"),
            ("second", "two.activations"),
            ("events", "core.events"),
            ("scores", "one.result"),
            ("others", "two.result"),
            ("packets", "core.packets"),
        ),
        takes=(("first", 1), ("second", 1), ("events", 1)),
        gives=(("scores", NEURONS), ("others", NEURONS), ("packets", 1)),
    )


def words_of(spec: Drawn, name: str, load: Tokens) -> Traffic:
    """Words for the memory of that name, or for those of the core."""
    memories = {memory.name: memory for memory in spec.memory_map}
    if name in memories:
        bits = np.asarray(load["bits"])
        data = (bits << np.arange(bits.shape[1])).sum(axis=1)
        zero = np.zeros_like(data)
        kind = zero + memories[name].kind
        return {"load": {"kind": kind, "address": zero, "data": data, "last": zero}}
    kinds = {memory.kind: memories[f"core.{memory.name}"].kind for memory in CORE.memory_map}
    return {"load": {**load, "kind": np.array([kinds[k] for k in np.asarray(load["kind"])])}}


def test_parameter_streams_are_one_program() -> None:
    spec, rng = programmed(), np.random.default_rng(8)
    stimulus = CrossbarCoreStimulus(CORE)
    load = stimulus.setup(rng)
    assert load is not None
    events = stimulus.random(rng, 6)["events"]
    vectors = rng.integers(0, 2, (2, 7, INPUTS))
    loads = concatenate(
        [
            words_of(spec, "two.weights", LOADS[1]),
            words_of(spec, "core", load["program"]),
            words_of(spec, "one.weights", LOADS[0]),
        ]
    )
    work = {"first": {"bits": vectors[0]}, "second": {"bits": vectors[1]}, "events": events}
    model = spec.model()
    model.run(loads)
    given = model.run(work)
    for name, which in (("scores", 0), ("others", 1)):
        agree = (vectors[which][:, None] == WEIGHTS[which]).sum(axis=2)
        assert given[name]["matches"].ravel().tolist() == agree.ravel().tolist()
    alone = CORE.model()
    alone.run(load)
    packets = alone.run({"events": events})["packets"]
    assert {name: given["packets"][name].tolist() for name in packets} == {
        name: values.tolist() for name, values in packets.items()
    }
    played(spec, loads, work)
    with pytest.raises(BenchError):
        other = programmed(("two.weights", "core.program", "one.weights"))
        played(spec, loads, work, hardware=other)


def test_a_program_has_a_memory_map() -> None:
    spec = programmed()
    names = [memory.name for memory in spec.memory_map]
    assert names == [
        "one.weights",
        *(f"core.{memory.name}" for memory in CORE.memory_map),
        "two.weights",
    ]
    kinds = [memory.kind for memory in spec.memory_map]
    assert len(set(kinds)) == len(kinds)
    kind, address, data, last = spec.streams[0].fields
    assert max(kinds) < 1 << kind.bits
    assert data.port_bits == max(memory.width for memory in spec.memory_map)
    assert address.bits == max(memory.address_bits for memory in spec.memory_map)
    assert last.bits == 1
    assert memory_table(spec.memory_map).row_count >= len(names)
    for memory, inner in zip(spec.memory_map[1:-1], CORE.memory_map, strict=True):
        assert (memory.fields, memory.index) == (inner.fields, inner.index)
    words = {memory.name: np.zeros(memory.depth, np.int64) for memory in CORE.memory_map}
    assert set(programming_tokens(CORE.memory_map, words)) == {"kind", "address", "data", "last"}


def wide(**fields: Any) -> dict[str, Any]:
    """An adapter whose input is a stream of its own."""
    stream = Stream("pair", "in", (Field("x", 3, "-"), Field("y", 2, "-", signed=True)), "-")
    return {
        "chosen": (("a", adapter(1, 1)),),
        "opened": (("pair", stream), ("narrow", "a.repacked")),
        "joined": (Wire("pair", "a.packed", **fields),),
    }


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (wide(fields={"data": "z"}), "wire pair → a.packed: no field 'z'; there are x, y"),
        (
            wide(fields={"data": "y"}),
            "1 signed number of 2 bits does not fit 1 unsigned number of 6",
        ),
        (wide(fields={"data": 64}), "field 'data' does not hold 64"),
        (wide(fields={"data": ("x", "y", "y")}), "7 bits do not fit 1 unsigned number of 6 bits"),
        (
            wide(fields={"data": (Bits("x", 1, 3),)}),
            "bits 1 to 3 of 'x' are wanted, which has bits 0 to 2",
        ),
        (wide(fields={"more": "x"}), "more are told of the fields data"),
        (wide(fields={"data": "x"}, where=(Bits("x"), 2)), "bits 0 to 0 of 'x' are never 2"),
        (wide(fields={"data": "x"}, where=(Bits("z"), 0)), "no field 'z'"),
        (wide(by_hand=True), "joined by hand; write the model by hand, too"),
        (
            {"chosen": (("queue0", adapter(4, 1)),), "opened": (("wide", "queue0.packed"),)},
            "a part is called 'queue0', as what joins parts is",
        ),
        (
            {"chosen": (("a b", adapter(4, 1)),), "opened": (("wide", "a b.packed"),)},
            "a part is called 'a b': letters, digits and _ make a name",
        ),
        (
            {
                "chosen": (("a", adapter(4, 1)),),
                "opened": (("wide", "a.packed"),),
                "loaded": (Constant("a.repacked"),),
            },
            "constant → a.repacked: that is no input of a part",
        ),
        (
            {
                "chosen": (("a", adapter(4, 1)),),
                "opened": (("narrow", "a.repacked"),),
                "loaded": (Constant("a.packed", {"data": np.full((1, 4), 64)}),),
            },
            "constant → a.packed: field 'data' holds 0 to 63, not 64 to 64",
        ),
        (
            {
                "chosen": (("a", adapter(4, 1)),),
                "opened": (("load", Program(("a.weights",))), ("narrow", "a.repacked")),
            },
            "part 'a' has no stream 'weights'; it has packed, repacked",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_part_and_stream(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Drawn.model_validate(fields)
    assert told in str(refused.value)


def test_a_name_twice_is_told() -> None:
    with pytest.raises(ValueError, match="two parts or streams are called 'layer1'"):
        together(numbered("layer", (LAYER, LAYER)), {"layer1": PASSED})


def test_parts_are_told_with_what_they_take() -> None:
    silent = {
        "chosen": (("a", adapter(4, 1)), ("b", adapter(4, 1))),
        "opened": (("wide", "a.packed"), ("n", "a.repacked"), ("m", "b.repacked")),
        "loaded": (Constant("b.packed"),),
    }
    spec = Drawn.model_validate(silent)
    told = [*part_table(spec).columns[2].cells]
    assert [str(cell) for cell in told] == ["packed from wide", "packed from nothing"]
    given = spec.model().run({"wide": {"data": np.arange(4).reshape(1, 4)}})
    assert given["n"]["data"].ravel().tolist() == [0, 1, 2, 3]
    assert given["m"]["data"].size == 0


def test_tokens_that_are_not_wanted_are_taken_while_the_sink_waits() -> None:
    spec = Drawn(
        chosen=(("a", PASSED),),
        joined=(Wire("word", "a.packed", fields={"data": "data"}, where=(Bits("more"), 1)),),
        opened=(("word", WORD), ("one", "a.repacked")),
        takes=(("word", 1),),
    )
    hardware: Any = component_of(spec)
    taken: dict[int, list[int]] = {0: [], 1: []}

    async def offered(ctx: Any) -> None:
        ctx.set(hardware.word.valid, 1)
        for cycle in range(12):
            more = int(cycle < 6)
            ctx.set(hardware.word.payload.more, more)
            taken[more].append(ctx.get(hardware.word.ready))
            await ctx.tick()

    simulator = Simulator(hardware)
    simulator.add_clock(1e-6)
    simulator.add_testbench(offered)
    simulator.run()
    assert taken[1][0] == 1 and taken[1][-1] == 0, "wanted ones wait behind the held output"
    assert taken[0] == [1] * 6, "the others are taken and dropped"


@pytest.mark.parametrize("batch", [None, 1, 2])
def test_what_is_left_over_is_refused_in_batches_of_any_size(batch: int | None) -> None:
    class Batched(Drawn):
        pass

    Batched.batch = batch
    spec = Batched(
        chosen=(("a", adapter(1, 4)),),
        opened=(("narrow", "a.packed"), ("wide", "a.repacked")),
        takes=(("narrow", 4),),
    )
    numbers = np.arange(14).reshape(-1, 1)
    whole = spec.model().run({"narrow": {"data": numbers[:12]}})
    assert whole["wide"]["data"].tolist() == numbers[:12].reshape(3, 4).tolist()
    with pytest.raises(ValueError, match="leave a part of one over"):
        spec.model().run({"narrow": {"data": numbers}})
