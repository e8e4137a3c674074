"""Verilog of in-memory-computing cores that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import ASKED_BEFORE, WITHIN

INSIDE = "without padding no window reaches beyond the image"
MEMORIES = {
    "dataflow_controller": "dataflow_controller_memory",
    "imc_core": "imc_core_flow_memory",
    "input_memory": "input_memory",
}
"""Modules of the input memory, by macro."""
PROCESSORS = {"digital_processor": "digital_processor", "imc_core": "imc_core_work"}

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        (macro, f"{module}_reader", f"assign {name} = (along > #) ? # : along;"): INSIDE
        for macro, module in MEMORIES.items()
        for name in ("alignment", "row")
        if (macro, name) != ("input_memory", "alignment")
    },
    **{
        (macro, f"{module}{part}", f"{target}: case ({place}) default: ;"): WITHIN
        for macro, module in MEMORIES.items()
        for part, target, place in (
            ("", "laid", "alignment"),
            ("", "turned", "turn"),
            ("", "rows_values", "turn"),
            ("_writer", "shifted", "moving_alignment"),
            ("_writer", "shifted", "place"),
            ("_writer", "word", "place"),
        )
        if (macro, target)
        not in {
            ("dataflow_controller", "word"),
            ("dataflow_controller", "rows_values"),
            ("imc_core", "rows_values"),
        }
    },
    (
        "input_memory",
        "input_memory_reader",
        "wire jump = last ? # : wraps ? # : #; (choice 2 of its line)",
    ): ASKED_BEFORE,
    **{
        (macro, module, f"{target}: case (fold) default: ;"): WITHIN
        for macro, module in PROCESSORS.items()
        for target in ("picked_#", "picked_#_#")
    },
    **{
        (
            "pixel_pool",
            "pixel_pool",
            f"fitted: {text}",
        ): "an average lies between its values: what clips it is for multipliers of few bits"
        for text in ("else if (value < #)", "if (value > #)")
    },
}
