"""`edgegan export X.onnx`: engines straight from a model, without TensorFlow."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgegan.cli.export_request import Calibrating, Checking, Form, Writing
from edgegan.errors import EdgeganError, UsageError
from edgegan.export.engine_options import ENGINES, EngineOptions, check_engine_options
from edgegan.export.targets import resolve_target
from edgegan.optional import needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgegan.console import Report
    from edgegan.export.engine_from_onnx import EngineJob
    from edgegan.export.exported import Exported


def export_model(
    source: Path,
    targets: Sequence[str],
    form: Form,
    engine: EngineOptions,
    calibrating: Calibrating,
    checking: Checking,
    writing: Writing,
) -> None:
    """Build the engines that are asked for, and say what became of them.

    Raises:
        UsageError: there is no such model, or something is asked for that it decides.
        EdgeganError: the first that an engine failed with.
    """
    from edgegan import console
    from edgegan.cli.export_results import tell_results

    if not source.is_file():
        raise UsageError(f"The model {source} does not exist.")
    names = [resolve_target(name) for name in dict.fromkeys(targets)]
    _refuse(source, names, form, calibrating)
    for name in names:
        check_engine_options(name, engine)
    jobs = _jobs(source, names, engine, checking, writing)
    if writing.dry_run:
        _tell_plan(jobs, writing.as_json)
        return
    with console.progress("Building engines", len(jobs)) as report:
        results = [_built(job, finished, report) for finished, job in enumerate(jobs)]
    tell_results(results, writing.as_json)


def _refuse(source: Path, names: Sequence[str], form: Form, calibrating: Calibrating) -> None:
    for name in names:
        if name not in ENGINES:
            raise UsageError(
                f"An .onnx becomes an engine ({', '.join(ENGINES)}), not {name}; export that from "
                "the run or the .keras file."
            )
    given = form.flags() + (["--calib"] if calibrating.spec else [])
    if given:
        raise UsageError(
            f"{source.name} has its form already: leave out {', '.join(given)}, or export the run "
            "or the .keras file with them."
        )


def _jobs(
    source: Path,
    names: Sequence[str],
    engine: EngineOptions,
    checking: Checking,
    writing: Writing,
) -> list[EngineJob]:
    with needs("onnx"):
        from edgegan.export.engine_elsewhere import require_builders
        from edgegan.export.engine_from_onnx import EngineJob
        from edgegan.export.parity_images import open_parity_images
    if not writing.dry_run:
        require_builders(names)
    off = checking.parity == "off" or writing.dry_run
    return [
        EngineJob(
            model=source,
            target=target,
            options=engine,
            folder=writing.folder or source.parent,
            images=None if off else open_parity_images(checking.parity, "A2B"),
            min_psnr=checking.min_psnr,
            force=writing.force,
        )
        for target in ENGINES
        if target in names
    ]


def _built(job: EngineJob, finished: int, report: Report) -> Exported:
    from edgegan.export.engine_from_onnx import export_engine
    from edgegan.export.exported import Exported

    start = time.perf_counter()

    def tell(done: int, note: str = "") -> None:
        report(finished, f"{job.path.name}: {note} ({done})")

    try:
        result = export_engine(job, tell)
    except EdgeganError as error:
        result = Exported(path=job.path, manifest=None, seconds=0.0, error=error)
    report(finished + 1, job.path.name)
    return replace(result, seconds=round(time.perf_counter() - start, 2))


def _tell_plan(jobs: Sequence[EngineJob], as_json: bool) -> None:
    from edgegan import console

    if as_json:
        planned = [{"path": str(job.path), "target": job.target} for job in jobs]
        console.emit_json({"artifacts": planned})
        return
    console.table(("file", "target"), [(str(job.path), job.target) for job in jobs])
    console.result("Nothing was made; leave out --dry-run to make them.")
