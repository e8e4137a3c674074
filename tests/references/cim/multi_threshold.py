"""Thresholds that a value reaches, counted; halved one by one where they do not rise."""

from neuroloom.golden.cim.multi_threshold import MultiThresholdSpec
from references.plain import Lists, chunks

KIND = "plain integers"


def code(thresholds: list[int], value: int) -> int:
    """How many are reached; where they do not rise, where halving the list ends."""
    if thresholds == sorted(thresholds):
        return sum(threshold <= value for threshold in thresholds)
    low, high = 0, len(thresholds)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if thresholds[middle] <= value else (low, middle)
    return low


def expected(spec: MultiThresholdSpec, setup: Lists, sent: Lists) -> Lists:
    if spec.thresholds is not None:
        tables = [list(row) for row in spec.thresholds]
    else:
        loads = sent.get("thresholds", {}).get("data") or setup["thresholds"]["data"]
        tables = chunks(loads, 2**spec.output_bits - 1)[-spec.channels :]
    values = enumerate(sent["values"]["data"])
    return {"codes": {"code": [code(tables[nth % spec.channels], value) for nth, value in values]}}
