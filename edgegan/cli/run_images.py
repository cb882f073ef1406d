"""`edgegan run` on an image or a folder of images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgegan.cli.run_outcome import Outcome
from edgegan.cli.run_request import Opened, RunRequest, open_generator

if TYPE_CHECKING:
    from edgegan.runtime.image_jobs import Job
    from edgegan.runtime.run_record import RunRecord
    from edgegan.runtime.translate import Translation


def run_images(request: RunRequest) -> tuple[Opened, Outcome]:
    """Translate an image, or what of a folder is not made yet.

    Raises:
        UsageError: the request cannot be right, or the folder with the results holds those
            of another run.
        ImageError: the one image cannot be translated.
        DataError: none of the folder's can.
        EdgeganError: a result cannot be written.
        Interrupted: Ctrl-C.
    """
    from edgegan.errors import UsageError
    from edgegan.runtime.image_jobs import plan
    from edgegan.runtime.run_record import recorded_sources

    if request.seconds is not None:
        raise UsageError("--seconds is for cameras; images have no length.")
    # What cannot be right is refused before the slow part.
    made = {} if request.force else recorded_sources(request.output)
    jobs = plan(Path(request.source), request.output, request.recursive, request.image_format, made)
    opened = open_generator(request)
    return opened, _translate(request, jobs, opened)


def _translate(request: RunRequest, jobs: list[Job], opened: Opened) -> Outcome:
    from edgegan.atomic import ensure_writable
    from edgegan.console import note, progress
    from edgegan.runtime.translate import translate

    record = _record(request, opened)
    held = {job: record is not None and record.holds(job) for job in jobs}
    kept = [job for job in jobs if held[job]]
    todo = [job for job in jobs if not held[job]]
    ensure_writable(jobs[0].destination.parent)
    if kept and todo:
        note(f"{len(kept)} of {len(jobs)} images are there already; --force makes them anew.")
    with progress("Translating", len(todo)) as report:
        done = translate(opened.translate, todo, report, record, opened.seams)
    _fail_without_results(request, done, kept)
    return Outcome(
        kind="images",
        written=done.written,
        kept=tuple(job.destination for job in kept),
        skipped=done.skipped,
    )


def _record(request: RunRequest, opened: Opened) -> RunRecord | None:
    """Open the record of a folder; a single image is always made."""
    from edgegan.manifest import sha256
    from edgegan.runtime.run_record import open_record

    if not Path(request.source).is_dir():
        return None
    recipe = {
        "artifact": sha256(request.artifact),
        "backend": opened.engine.info.backend,
        "domain": request.domain,
        "from": request.source_domain,
        "tile": str(opened.tiling) if opened.tiling else None,
    }
    return open_record(request.output, recipe, request.force)


def _fail_without_results(request: RunRequest, done: Translation, kept: list[Job]) -> None:
    from edgegan.console import note
    from edgegan.data import skipped_summary
    from edgegan.errors import DataError, ImageError

    if done.written or kept or not done.skipped:
        return
    if Path(request.source).is_file():
        raise ImageError(done.skipped[0].reason)
    for line in skipped_summary(done.skipped):
        note(line)
    raise DataError(f"None of the {len(done.skipped)} files of {request.source} was translated.")
