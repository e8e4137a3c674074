"""Arbiters read as numbers."""

from typing import Any

import numpy as np

from neuroloom.golden.events.arbiter import ArbiterSpec, GrantForm
from neuroloom.golden.ports import Traffic

Words = list[list[int]]


def arbiter(requesters: int, policy: str, **others: Any) -> ArbiterSpec:
    fields = {"requesters": requesters, "policy": policy, **others}
    if policy == "weighted" and "weights" not in others:
        fields["weights"] = tuple(1 + index % 4 for index in range(requesters))
    return ArbiterSpec.model_validate(fields)


def winners(spec: ArbiterSpec, words: Words, releases: Words | None = None) -> list[int | None]:
    """The model's grants, read as numbers."""
    granted = spec.model().run(traffic(words, releases))["grants"]
    if spec.grant is GrantForm.INDEX:
        numbers = granted["index"].tolist()
    else:
        assert (granted["grant"].sum(axis=1) == granted["any"]).all(), "not one-hot"
        numbers = granted["grant"].argmax(axis=1).tolist()
    return [
        number if asked else None
        for number, asked in zip(numbers, granted["any"].tolist(), strict=True)
    ]


def traffic(words: Words, releases: Words | None = None) -> Traffic:
    requests = {"bits": np.array(words)}
    if releases is not None:
        requests["release"] = np.array(releases)
    return {"requests": requests}
