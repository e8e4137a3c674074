"""The committed tables of results, measured by one command."""
