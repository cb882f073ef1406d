"""How runs follow each other while they are timed.

single        back to back; the latency of one call, and the headline
camera@FPS    one at each frame of a camera: in between the processor rests and clocks down,
              which back-to-back runs hide; frames that come while one is worked on are missed
offline       back to back, in batches as large as fit; the throughput
sustained@S   back to back for S seconds (300 without a number): does it slow down with heat?
"""

from __future__ import annotations

from dataclasses import dataclass

from edgegan.errors import UsageError, unknown_name

KINDS = ("single", "camera", "offline", "sustained")
SUSTAINED_S = 300.0
_NUMBERED = {"camera": "frames a second, such as camera@30", "sustained": "seconds"}


@dataclass(frozen=True)
class Scenario:
    """One of `KINDS`; `number` is the camera's rate in 1/s, or how long it is sustained, s."""

    kind: str = "single"
    number: float | None = None

    def __str__(self) -> str:
        """Write it as `parse_scenario` reads it."""
        return self.kind if self.number is None else f"{self.kind}@{self.number:g}"

    @property
    def frame_ns(self) -> float | None:
        """The time between two frames, ns; None without a camera."""
        return 1e9 / self.number if self.kind == "camera" and self.number else None


def parse_scenario(text: str) -> Scenario:
    """Read a scenario as it is given on the command line.

    Raises:
        UsageError: an unknown kind, a number that is missing, not taken, or not above 0.
    """
    kind, at, number = text.partition("@")
    if kind not in KINDS:
        raise unknown_name("scenario", kind, KINDS)
    if at and kind not in _NUMBERED:
        raise UsageError(f"The scenario {kind} takes no number; got {text!r}.")
    if not at:
        if kind == "camera":
            raise UsageError(f"The scenario camera needs {_NUMBERED['camera']}.")
        return Scenario(kind, SUSTAINED_S if kind == "sustained" else None)
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(f"{text!r} has no number above 0 after the @; expected {_NUMBERED[kind]}.")
    return Scenario(kind, value)
