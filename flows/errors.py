"""Errors that a user can act on: one sentence with the remedy, and an exit status."""


class NeuroloomError(Exception):
    """Base of all errors that are shown as one message, without a traceback."""

    exit_status = 1


class VerificationFailed(NeuroloomError):
    """Hardware and golden model disagree."""


class ToolFailed(NeuroloomError):
    """An external tool crashed, hung or refused its input; the message holds its own words."""


class ToolTimeout(ToolFailed):
    """An external tool did not end in time."""


class OutputFailed(NeuroloomError):
    """A result cannot be written, or not as a whole: the disk is full or broken."""


class UsageError(NeuroloomError):
    """A wrong name, value, file or folder."""

    exit_status = 2


class ToolMissing(NeuroloomError):
    """An external tool is not installed; the message says how to install it."""

    exit_status = 3
