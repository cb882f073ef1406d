"""The errors that callers catch, and the exit code the command line gives each.

EdgeganError            1  something asked for could not be done
+-- UsageError          2  the request itself cannot be right (unknown name, no such path)
+-- MissingRequirement  3  a package, driver or device is absent
+-- ParityError         4  an artifact differs too much from its reference
+-- PerformanceError    5  an artifact is slower than its rules allow
+-- IncompatibleArtifact 6 a sound artifact was made for another machine
+-- MeasurementError    7  a measurement is not to be relied on
+-- Interrupted       130  a signal stopped long work, after it was saved
+-- ImageError          1  a file is not a readable image
+-- DataError           1  a data set is laid out wrongly or has nothing usable
+-- ArtifactError       1  a file is damaged, or is not a generator
+-- CudaError           1  a call to CUDA failed
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class EdgeganError(Exception):
    """Base of every expected error. Its text is one line: what, why, and the fix."""

    exit_code: ClassVar[int] = 1


class UsageError(EdgeganError):
    """The request cannot be right: an unknown name, a missing path, a bad value."""

    exit_code: ClassVar[int] = 2


class MissingRequirement(EdgeganError):  # noqa: N818 (it names what is missing)
    """A package, a driver or a device that this step needs is absent."""

    exit_code: ClassVar[int] = 3


class ParityError(EdgeganError):
    """An exported artifact differs from its reference by more than its gate allows."""

    exit_code: ClassVar[int] = 4


class IncompatibleArtifact(EdgeganError):  # noqa: N818 - named for what it is about
    """A sound artifact was made for another machine: other GPU, other TensorRT."""

    exit_code: ClassVar[int] = 6


class PerformanceError(EdgeganError):
    """An artifact breaks a rule of its performance gate."""

    exit_code: ClassVar[int] = 5


class MeasurementError(EdgeganError):
    """A measurement is invalid: unsteady, too short, or of a wrong output."""

    exit_code: ClassVar[int] = 7


class Interrupted(EdgeganError):  # noqa: N818 - named for what happened
    """A signal stopped long work; what was done is saved, and the text says how to go on."""

    exit_code: ClassVar[int] = 130  # 128 + SIGINT, as shells count


class ImageError(EdgeganError):
    """A file is not an image that can be read."""


class DataError(EdgeganError):
    """A data set is laid out wrongly or holds nothing usable."""


class ArtifactError(EdgeganError):
    """An artifact is damaged, or is not an image-to-image generator."""


class CudaError(EdgeganError):
    """A call to CUDA failed, such as for want of memory."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """Build the error for an unknown `name`, with the nearest known one suggested."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return UsageError(f"Unknown {kind} {name!r}.{hint} Known: {', '.join(names)}.")
