"""`edgegan export RUN|X.keras`: artifacts of trained generators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgegan.cli.export_request import Calibrating, Checking, Form, Writing
from edgegan.export.engine_options import EngineOptions
from edgegan.export.targets import check_precision, parse_size, resolve_target
from edgegan.optional import needs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgegan.export.exported import Exported
    from edgegan.export.job import ExportJob, ExportOptions


def export_generators(
    source: str,
    direction: str | None,
    targets: Sequence[str],
    form: Form,
    engine: EngineOptions,
    calibrating: Calibrating,
    checking: Checking,
    writing: Writing,
) -> None:
    """Make the artifacts that are asked for, and say what became of them.

    Raises:
        UsageError: something is asked for that cannot be.
        EdgeganError: the first that an artifact failed with.
    """
    precision = form.precision or "fp32"
    names, pixels = _targets(targets, precision), parse_size(form.size) if form.size else None
    with needs("export"):
        from edgegan.export.calibration import calibration_request
        from edgegan.export.job import ExportOptions
        from edgegan.export.plan import Wanted, plan
        from edgegan.export.source import find_source
    found = find_source(source, direction)
    wanted = Wanted(
        targets=names,
        precision=precision,
        size=pixels,
        batch=form.batch,
        image_type=form.image_type,
        layout=form.layout,
        opset=form.opset,
        engine=engine,
        bake=form.bake,
        parity=checking.parity,
        calibration=calibration_request(
            calibrating.spec, calibrating.count, calibrating.method, calibrating.seed
        ),
        preset=form.preset,
    )
    options = ExportOptions(
        folder=writing.folder or found.folder,
        min_psnr=checking.min_psnr,
        force=writing.force,
        ladder=checking.ladder,
    )
    jobs = plan(found, wanted)
    _run(jobs, options, writing.dry_run, writing.as_json, bool(form.preset))


def _targets(names: Sequence[str], precision: str) -> list[str]:
    targets = list(dict.fromkeys(resolve_target(name) for name in names))
    for target in targets:
        check_precision(target, precision)
    return targets


def _run(
    jobs: Sequence[ExportJob], options: ExportOptions, dry_run: bool, as_json: bool, bundled: bool
) -> None:
    from edgegan.cli.export_results import tell_plan, tell_results
    from edgegan.export.pipeline import check_jobs

    check_jobs(jobs, options)
    bundles = _Bundles(jobs if bundled else (), options)
    if dry_run:
        tell_plan(jobs, options, as_json, bundles.paths)
    else:
        tell_results(_export(jobs, options), as_json, bundles.write)


class _Bundles:
    """The .zip files of a preset: one for each generator and each choice of domains."""

    def __init__(self, jobs: Sequence[ExportJob], options: ExportOptions) -> None:
        from edgegan.export.phone_preset import bundle_path, bundle_specs, check_bundle

        self._folder = options.folder
        self._wanted = [(job.generator, of) for job in jobs for of in bundle_specs(job.specs)]
        self.paths = [bundle_path(*one, options.folder) for one in self._wanted]
        for path in () if options.force else self.paths:
            check_bundle(path)

    def write(self) -> list[Path]:
        """Write them, once all artifacts have passed."""
        from edgegan.export.phone_preset import write_bundle

        return [write_bundle(*one, self._folder) for one in self._wanted]


def _export(jobs: Sequence[ExportJob], options: ExportOptions) -> list[Exported]:
    from edgegan.console import progress
    from edgegan.export.pipeline import export_generator

    results: list[Exported] = []
    with progress("Exporting", sum(len(job.specs) for job in jobs)) as report:
        for job in jobs:

            def count(done: int, note: str = "", before: int = len(results)) -> None:
                report(before + done, note)

            results += export_generator(job, options, count)
    return results
