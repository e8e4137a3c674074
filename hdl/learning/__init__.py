"""Learning rules: components."""
