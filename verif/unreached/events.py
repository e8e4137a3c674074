"""Verilog of events that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import FIRST_PART

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        (macro, f"{macro}_drops", "pending <= following[#] ? # : following[#];"):
            "so many drops never wait in a run; tests/test_router.py counts to the end"
        for macro in ("router", "mesh")
    },
    **{
        ("width_adapter", "width_adapter", f"repacked_data: {text}"): FIRST_PART
        for text in ("else if (part)", "case (part) 'd0: repacked_data[#] <= data;")
    },
}  # fmt: skip
