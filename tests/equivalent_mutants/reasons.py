"""Why no bench can notice a mutant: what is true of several."""

EQUAL_END = "the value is the end of the range already"
EQUAL_VALUES = "of two equal values either one"
HELD = "outputs that lose tokens when they are held are not held; the macro's own tests do it"
WIDER = "a signal wider than it need be, the same value"
PRECHARGED = "word lines while the strobe is low; the macro's own test looks at them"
OVERLAP = "work that waits sooner while sums are held; the macro's own test counts its cycles"
