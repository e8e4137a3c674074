"""Golden models of all macros: batches, resets, and tokens left over."""

from typing import Any

import numpy as np
import pytest
from support.agreement import by_flow, listed
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.golden.ports import Traffic, concatenate, count


def drawn(name: str, seed: int) -> tuple[Any, Traffic | None, Traffic]:
    """A random Spec of the macro, its setup, and traffic for it."""
    rng = np.random.default_rng(seed)
    kind = macros()[name].stimulus_type
    stimulus = kind(kind.random_spec(rng))
    setup = stimulus.setup(rng)
    return stimulus.spec, setup, concatenate([stimulus.corners(), stimulus.random(rng, 7)])


@pytest.mark.parametrize("seed", range(effort(8, 25)))
@pytest.mark.parametrize("name", macros())
def test_operations_do_not_depend_on_the_batch(name: str, seed: int) -> None:
    spec, setup, traffic = drawn(name, seed)
    whole, single = spec.model(), spec.model()
    for model in (whole, single):
        if setup is not None:
            model.run(setup)
    consumes, varying = spec.contract.consumes, spec.consumption(traffic)
    stream, per_operation = next(iter(consumes.items()))
    operations = (
        len(varying[stream]) if stream in varying else count(traffic[stream]) // per_operation
    )
    begins = {
        stream: [0, *np.cumsum(varying.get(stream, np.full(operations, each))).tolist()]
        for stream, each in consumes.items()
    }
    parts = [
        single.run(
            {
                stream: {
                    # operations that need fewer tokens leave some over, for the last part
                    field: values[begins[stream][index] :][
                        : begins[stream][index + 1] - begins[stream][index]
                        if index < operations - 1
                        else None
                    ]
                    for field, values in tokens.items()
                }
                for stream, tokens in traffic.items()
            }
        )
        for index in range(operations)
    ]
    assert by_flow(spec, listed(concatenate(parts))) == by_flow(spec, listed(whole.run(traffic))), (
        f"seed {seed}: {spec.model_dump_json()}"
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", macros())
def test_reset_returns_to_the_first_results(name: str, seed: int) -> None:
    spec, setup, traffic = drawn(name, seed)
    model = spec.model()
    runs = []
    for _ in range(2):
        if setup is not None:
            model.run(setup)
        runs.append(listed(model.run(traffic)))
        model.reset()
    assert runs[0] == runs[1], f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize("name", ["xnor_popcount", "width_adapter", "bnn_layer", "bnn_network"])
def test_left_over_tokens_are_refused(name: str) -> None:
    refused = 0
    for seed in range(10):
        spec, setup, traffic = drawn(name, seed)
        stream, per_operation = next(iter(spec.contract.consumes.items()))
        if per_operation == 1:  # every token is an operation: nothing can be left over
            continue
        model = spec.model()
        if setup is not None:
            model.run(setup)
        cut = {field: values[:-1] for field, values in traffic[stream].items()}
        with pytest.raises(ValueError, match=f"takes {per_operation} tokens .* leave a part"):
            model.run({**traffic, stream: cut})
        refused += 1
    assert refused > 3
