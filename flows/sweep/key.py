"""What decides a result, as a key: equal keys give equal results."""

import dataclasses
import hashlib
from importlib import metadata

from neuroloom.flows.cells import opensta
from neuroloom.flows.designs.design import Design
from neuroloom.flows.macros.by_code import code_digest
from neuroloom.flows.synthesis.synthesize import Options
from neuroloom.flows.synthesis.targets import Target

OWN_CODE = ("neuroloom.flows.cells", "neuroloom.flows.designs", "neuroloom.flows.synthesis")
"""Packages whose text takes part: a figure measured by other code is another figure."""


def point_key(design: Design, ground: str) -> str:
    """The key of a design on the ground that :func:`ground` describes."""
    parts = (design.text, design.name, design.read, design.clock, ground)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def ground(target: Target, options: Options) -> str:
    """Everything but the design: target, content of its library, options, versions of the tools."""
    digest = target.cells(options.dont_use).digest if target.cells else ""
    parts = (
        target.name,
        target.script,
        target.resources,
        target.placement,
        target.memories,
        digest,
        dataclasses.replace(options, seeds=tuple(options.seeds)),
        versions(target),
        code_digest(OWN_CODE),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def versions(target: Target) -> dict[str, str]:
    """The tools that a target is synthesized and timed with."""
    packages = ["neuroloom", "amaranth", "pyosys"]
    if target.placement:
        packages.append(target.placement.package.replace("_", "-"))
    found = {package: metadata.version(package) for package in packages}
    if target.cells and opensta.available():
        found["opensta"] = opensta.version()
    return found
