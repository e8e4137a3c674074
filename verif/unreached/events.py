"""Verilog of events that no run reaches, and why."""

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        (
            macro,
            f"{macro}_drops",
            "pending <= following[#] ? # : following[#];",
        ): "so many drops never wait in a run; tests/events/test_router.py counts to the end"
        for macro in ("router", "mesh")
    }
}
