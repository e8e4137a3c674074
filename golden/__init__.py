"""What each macro computes: specifications, bit-exact numpy models, number formats, contracts."""
