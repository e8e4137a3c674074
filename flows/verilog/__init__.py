"""Verilog text from components, and the files that go with it."""
