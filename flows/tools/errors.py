"""Errors that a user can act on: one sentence with the remedy, and an exit status."""

import errno

from neuroloom.golden.wording import cut, quoted

WRONG_PATHS = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EACCES,
    errno.EPERM,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.EROFS,
    errno.EINVAL,
    errno.ENXIO,
}
"""What the system says of a path that is a wrong one; anything else is a failure of its own."""


DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What a disk says in the midst of writing, whatever folder was chosen."""


class NeuroloomError(Exception):
    """Base of all errors that are shown as one message, without a traceback."""

    exit_status = 1


class VerificationFailed(NeuroloomError):
    """Hardware and golden model disagree."""


class NotProved(NeuroloomError):
    """What was to be proved was neither proved nor refuted."""

    exit_status = 4


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


def reason(error: OSError) -> str:
    """Why the system refused."""
    return error.strerror or cut(str(error), 200) or type(error).__name__


def as_sentence(error: Exception) -> NeuroloomError | None:
    """The sentence for what the system refuses wherever it happens; None for a defect."""
    if isinstance(error, NeuroloomError):
        return error
    if isinstance(error, OSError):
        at = f"{quoted(error.filename)}: " if error.filename is not None else ""
        kind = UsageError if error.errno in WRONG_PATHS else NeuroloomError
        return kind(f"{at}{reason(error)}")
    if isinstance(error, MemoryError):
        return NeuroloomError(
            "there is not enough memory: choose a smaller design, or fewer operations at once"
        )
    return None
