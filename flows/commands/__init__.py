"""The commands: each is a call of the Python API with its result printed."""
