"""What a user does: generate, verify, synthesize, report. The command line calls these."""
