"""The one kind of failure that a person can mend, told in one sentence."""

import errno
import os


class CannotStart(Exception):
    """Carries a whole sentence: what is wrong and what to do about it. It ends the launcher with exit code 1."""


def sentence_for(error: OSError) -> str:
    """Tell an operating system error in one sentence, naming the file and the way out."""
    place = error.filename or "the data folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full (while writing {place}): free some space and start again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{place} may not be written to: give it to this user, or set PARKING_HOME to a folder that is yours."
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"{place} is in the way and is not a folder: move it away, or set PARKING_HOME to another folder."
    reason = os.strerror(error.errno) if error.errno else str(error)
    return f"{place}: {reason}. Mend that and start again."
