"""Code coverage of the emitted Verilog: which lines, branches and toggles a regression reaches."""
