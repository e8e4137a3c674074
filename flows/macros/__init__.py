"""The macros that there are, their fields, and specifications as users write them."""
