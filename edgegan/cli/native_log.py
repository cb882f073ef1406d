"""Hide what native libraries write to stderr: it is no word of ours and no user's concern.

TensorFlow, LiteRT and their like log from C++, past Python and past every setting, some
of it before they read any. `--debug` leaves it visible.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_log_hidden() -> Iterator[None]:
    """Send file descriptor 2 to a scratch file, while Python's stderr stays what it was."""
    sys.stderr.flush()
    visible = os.dup(2)
    previous = sys.stderr
    with (
        tempfile.TemporaryFile() as scratch,
        os.fdopen(os.dup(visible), "w", buffering=1, errors="backslashreplace") as stderr,
    ):
        os.dup2(scratch.fileno(), 2)
        sys.stderr = stderr
        try:
            yield
        finally:
            sys.stderr = previous
            os.dup2(visible, 2)
            os.close(visible)
