"""A process that ends by itself: when its time is over, or when the one that wants it is gone.

Its parent cannot be relied on for that, for it may be killed first. Both ways work while a
library written in C++ is busy and no Python code runs.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_by_itself(within_s: float, parent: int) -> None:
    """Have this process ended, whatever it is doing.

    Args:
        within_s: After that time, on all systems.
        parent: The process that wants it: on Linux this one ends together with it, elsewhere
            when the time is over.
    """
    faulthandler.dump_traceback_later(within_s, exit=True)  # a thread of C, which needs no lock
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was gone before
            os._exit(1)
