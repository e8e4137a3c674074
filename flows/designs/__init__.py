"""Designs as tools read them: Verilog of ours or of others, yosys, and what it costs as data."""
