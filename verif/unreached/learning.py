"""Verilog of learning that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import ASKED_BEFORE

UNREACHED: dict[tuple[str, str, str], str] = {
    (
        "stdp",
        "stdp",
        f"assign update_{trace} = (event_kind == #) ? {fresh} : "
        f"tick ? (tick ? {decayed} : event_{trace}) : #; (choice 2 of its line)",
    ): ASKED_BEFORE
    for trace, fresh, decayed in (
        ("post_trace", "#", "wide_#[#]"),
        ("pre_trace", "#", "wide[#]"),
        ("pre_trace", "event_pre_trace", "wide[#]"),
        ("pre_trace", "fitted", "wide[#]"),
    )
}
