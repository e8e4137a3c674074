"""A bistable synapse, case by case."""

from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec
from references.plain import Lists, columns, rows

KIND = "plain integers"


def reference(spec: CalciumSynapseSpec, row: dict[str, int]) -> tuple[int, int]:
    """Weight and calcium after one event, case by case."""
    weight, calcium = row["weight"], row["calcium"]
    full, most = 2**spec.weight_bits - 1, 2**spec.calcium_bits - 1
    level = row.get("membrane_threshold", spec.membrane_threshold)
    begin, down, up = spec.calcium_thresholds or (
        row["calcium_from"],
        row["calcium_down"],
        row["calcium_up"],
    )
    assert level is not None
    if row["kind"] == 0:
        if row["membrane"] >= level:
            if calcium in range(begin, up):
                weight += spec.jump_up
        elif calcium in range(begin, down):
            weight -= spec.jump_down
    elif row["kind"] == 1:
        calcium += spec.calcium_jump
    else:
        if weight > full // 2:
            weight += spec.drift_up
        else:
            weight -= spec.drift_down
        calcium -= spec.calcium_leak
    return min(max(weight, 0), full), min(max(calcium, 0), most)


def expected(spec: CalciumSynapseSpec, _: Lists, sent: Lists) -> Lists:
    results = [reference(spec, row) for row in rows(sent["event"])]
    return {"update": columns(list(results), "weight", "calcium")}
