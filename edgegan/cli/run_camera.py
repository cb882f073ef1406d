"""`edgegan run` on a camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgegan.cli.run_outcome import FrameFigures, Outcome
from edgegan.cli.run_request import Opened, RunRequest, open_generator, require_one_picture

if TYPE_CHECKING:
    from edgegan.console import Report
    from edgegan.runtime.live import Recording

_TELL_EVERY_S = 10


def run_camera(request: RunRequest) -> tuple[Opened, Outcome]:
    """Translate what a camera sees into a video file, until Ctrl-C or for `--seconds`.

    Raises:
        UsageError: the request cannot be right.
        MissingRequirement: there is no such camera, or PyAV is not installed.
        EdgeganError: no frame came, or the result cannot be written.
    """
    from edgegan.atomic import ensure_writable
    from edgegan.console import note
    from edgegan.runtime.camera import Camera, camera_address
    from edgegan.runtime.live import record
    from edgegan.runtime.video_writer import check_video_name
    from edgegan.stop_signals import stop_signals

    require_one_picture(request)
    check_video_name(request.output)
    address = camera_address(request.source)
    opened = open_generator(request)
    ensure_writable(request.output.parent)
    with Camera(address) as camera, stop_signals() as stop:
        until = "Ctrl-C ends it" if request.seconds is None else f"{request.seconds:g} s"
        note(f"Recording {address.name} to {request.output}; {until}.")
        done = record(
            opened.translate,
            camera.frames(),
            request.output,
            camera.rate,
            request.seconds,
            stop,
            _told_now_and_then(),
            opened.seams,
        )
    return opened, _outcome(done, float(camera.rate))


def _told_now_and_then() -> Report:
    """Make a report that prints a line each `_TELL_EVERY_S` seconds of a recording."""
    from edgegan.console import note as print_note

    told = 0

    def tell(done: int, note: str = "") -> None:
        nonlocal told
        if done >= told + _TELL_EVERY_S:
            told = done
            print_note(f"Recording: {done} s, {note}")

    return tell


def _outcome(done: Recording, rate: float) -> Outcome:
    figures = FrameFigures(
        count=done.frames,
        seconds=done.seconds,
        per_s=done.frames / done.seconds,
        source_per_s=rate,
        encoder=done.encoder,
        sound="none",
        dropped=done.dropped,
        failed=done.failed,
        latency_p50_ms=done.latency_ms,
        ended=done.ended,
    )
    return Outcome(kind="camera", written=(done.written,), frames=figures)
