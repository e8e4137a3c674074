"""Why no run reaches a line: what is true of several."""

ONE_PRECISION = "there is one precision, and the precision of a vector says nothing"
PRECISIONS = "no vector has a precision that there is not"
ASKED_BEFORE = "the same is asked around it, which decides"
WITHIN = "places are counted up to the last one"
FIRST_PART = "the first part is stored elsewhere: this is asked for the others only"
ONE_STEP = "with one column to each amplifier or driver there is one step, always the chosen one"
