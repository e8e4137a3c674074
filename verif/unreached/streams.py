"""Verilog of streams that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import FIRST_PART

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        ("width_adapter", "width_adapter", f"repacked_data: {text}"): FIRST_PART
        for text in ("else if (part)", "case (part) 'd0: repacked_data[#] <= data;")
    }
}
