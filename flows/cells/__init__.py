"""Standard cells: libraries, mapping, timing and power."""
