"""Running benches: amaranth.sim, Verilator and Icarus under cocotb."""
