"""Fields of tokens at their greatest width: every value passes every face."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import annotated_types
import numpy as np
import pytest
from support.machine import NEEDS_COMPILER

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.simulation.bulk.files import read_traffic
from neuroloom.flows.simulation.bulk.simulate import simulate
from neuroloom.flows.simulation.job import BenchJob
from neuroloom.flows.simulation.names import TIME_LIMIT
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.verify import Runner
from neuroloom.golden.ports import Field, Stream, Traffic, concatenate
from neuroloom.golden.spec import Spec

WIDEST = 63


def widths() -> Iterator[Any]:
    """Every width of a token's field that may be as great as any."""
    for macro in macros().values():
        for name, field in macro.spec.model_fields.items():
            bounds = [each.le for each in field.metadata if isinstance(each, annotated_types.Le)]
            if name.endswith("bits") and WIDEST in bounds:
                yield pytest.param(macro, name, id=f"{macro.name}-{name}")


WIDTHS = list(widths())


def test_there_are_some() -> None:
    assert len(WIDTHS) >= 9


def packed_and_back(spec: Spec, traffic: Traffic) -> None:
    for stream in spec.streams:
        if stream.name in traffic:
            tokens = traffic[stream.name]
            again = stream.unpack(stream.pack(tokens))
            for name, values in tokens.items():
                assert np.array_equal(again[name], values), (stream.name, name)


@pytest.mark.parametrize(("macro", "name"), WIDTHS)
def test_the_bench_reaches_the_ends_of_a_width(macro: Macro, name: str) -> None:
    spec = macro.spec.model_validate({name: WIDEST})
    stimulus = macro.stimulus(spec)
    sent = concatenate([stimulus.corners(), stimulus.random(np.random.default_rng(1), 10)])
    packed_and_back(spec, sent)
    packed_and_back(spec, spec.model().run(sent))
    wide = [
        sent[stream.name][field.name].max()
        for stream in spec.input_streams
        for field in stream.fields
        if field.bits >= WIDEST
    ]
    assert max(wide) > 2**61, "only small values were drawn"


@pytest.mark.parametrize(("macro", "name"), WIDTHS)
@pytest.mark.flow
def test_a_width_is_verified(macro: Macro, name: str) -> None:
    spec = macro.spec.model_validate({name: WIDEST})
    fields = spec.model_dump(mode="json", exclude_none=True)
    job = BenchJob(macro=spec.macro, spec=fields, seed=1, operations=5)
    outcome = Runner(spec, SimulatorName.AMARANTH, TIME_LIMIT).run(job)
    assert outcome.status == "passed", outcome.message


@pytest.mark.parametrize("signed", [False, True])
def test_the_ends_of_the_widest_fields(signed: bool) -> None:
    field = Field("value", WIDEST, "", signed=signed)
    stream = Stream("values", "in", (field,), "")
    values = np.array([field.minimum, field.minimum + 1, 0, field.maximum - 1, field.maximum])
    words = stream.pack({"value": values})
    assert words[0] == ((field.minimum & (2**63 - 1)),) and words[-1] == (field.maximum,)
    assert (stream.unpack(words)["value"] == values).all()
    with pytest.raises(ValueError, match="field 'value' holds"):
        field.pack(np.array([field.maximum + 1], object))
    with pytest.raises(ValueError, match="field 'value' holds"):
        field.pack(np.array([2**64 - 1], np.uint64))


@NEEDS_COMPILER
@pytest.mark.regression
def test_the_widest_events_in_bulk_from_files(tmp_path: Path) -> None:
    spec = macros()["event_fifo"].spec.model_validate({"bits": WIDEST})
    events = np.array([0, 1, 2**62, 2**62 + 1, 2**63 - 2, 2**63 - 1], np.int64)
    (stream,) = spec.input_streams
    (field,) = stream.fields
    name = f"{stream.name}.{field.name}"
    np.save(tmp_path / f"{name}.npy", events.astype(np.uint64))
    np.savetxt(tmp_path / f"{name}.csv", events, "%d", delimiter=",")
    for file in sorted(tmp_path.iterdir()):
        traffic = read_traffic(spec, [file])
        assert traffic[stream.name][field.name].tolist() == events.tolist(), file
        result = simulate(spec, traffic)
        assert result.report.passed
        (given,) = spec.output_streams
        (out,) = given.fields
        assert result.outputs[given.name][out.name].tolist() == events.tolist()
