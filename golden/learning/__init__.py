"""Learning rules: specifications and golden models."""
