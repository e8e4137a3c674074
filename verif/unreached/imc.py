"""Verilog of in-memory-computing cores that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import WITHIN

PART = "dataflow_controller_memory"
INSIDE = "without padding no window reaches beyond the image"

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        ("dataflow_controller", f"{PART}_reader", f"assign {name} = (along > #) ? # : along;"):
            INSIDE
        for name in ("alignment", "row")
    },
    **{
        ("dataflow_controller", module, f"{target}: case ({place}) default: ;"): WITHIN
        for module, target, place in (
            (PART, "laid", "_like"),
            (PART, "turned", "turn"),
            (f"{PART}_writer", "shifted", "moving_alignment"),
            (f"{PART}_writer", "shifted", "place"),
        )
    },
}  # fmt: skip
