"""A golden model held against its reference, which is given the declared fields alone."""

from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel
from references import oracle
from references.plain import Lists

from neuroloom.golden.ports import Traffic, concatenate
from neuroloom.golden.spec import Spec


def listed(traffic: Traffic) -> Lists:
    return {
        stream: {name: values.tolist() for name, values in tokens.items()}
        for stream, tokens in traffic.items()
    }


def declared(value: Any) -> Any:
    """A specification as its declared fields: whoever asks for anything else gets an error."""
    if isinstance(value, BaseModel):
        names = type(value).model_fields
        return SimpleNamespace(**{name: declared(getattr(value, name)) for name in names})
    if isinstance(value, tuple):
        return tuple(declared(part) for part in value)
    return value


def by_flow(spec: Spec, tokens: Lists) -> dict[str, dict[tuple[Any, ...], list[Any]]]:
    """Of every output the tokens of each flow in their order; one flow where nothing tells them."""
    flows: dict[str, dict[tuple[Any, ...], list[Any]]] = {}
    for stream in spec.output_streams:
        names, columns = [field.name for field in stream.fields], tokens[stream.name]
        assert set(columns) == set(names), f"{stream.name}: {sorted(columns)}, not {names}"
        flows[stream.name] = {}
        for token in zip(*(columns[name] for name in names), strict=True):
            flow = tuple(token[names.index(name)] for name in stream.flow)
            flows[stream.name].setdefault(flow, []).append(token)
    return flows


def agree(spec: Spec, setup: Traffic, *parts: Traffic) -> None:
    """AssertionError where the model of ``spec``, asked for one part after the other behind a load
    ``setup``, says something else than the reference of all at once.
    """
    model = spec.model()
    if setup:
        model.run(setup)
    computed = by_flow(spec, listed(concatenate([model.run(part) for part in parts])))
    sent = listed(concatenate(list(parts)))
    expected = by_flow(spec, oracle(spec.macro)(declared(spec), listed(setup), sent))
    assert computed == expected, spec.model_dump_json(exclude_none=True)
