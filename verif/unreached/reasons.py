"""Why no run reaches a line: what is true of several."""

NEVER_NEGATIVE = "a value without sign is never below 0: a condition that is constantly false"
