"""One generic bench for every macro: drivers, monitors, checkers, scoreboard, coverage."""
