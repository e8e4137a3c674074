"""Learning rules: stimuli."""
