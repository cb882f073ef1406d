"""What `edgegan export` says: its plan, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edgegan.export.exported import Exported
    from edgegan.export.job import ExportJob, ExportOptions
    from edgegan.manifest import Manifest

_COLUMNS = (
    *("file", "MB", "precision", "in float", "PSNR min / median dB", "SSIM", "max LSB"),
    *("XNNPACK parts", "seconds", "status"),
)
_STATES = {
    "missing": "would be made",
    "current": "there, and unchanged",
    "outdated": "would be replaced",
    "unknown": "would be replaced",
}


def tell_plan(
    jobs: Sequence[ExportJob],
    options: ExportOptions,
    as_json: bool,
    bundles: Sequence[Path] = (),
) -> None:
    """Say what an export would make, and `bundles` of that."""
    from edgegan import console
    from edgegan.export.up_to_date import standing

    planned = []
    for job in jobs:
        for spec in job.specs:
            found = standing(job, spec, options)
            path = spec.path(options.folder, job.generator.stem)
            planned.append((path, spec, found))
    if as_json:
        content = [
            {"path": str(path), "target": spec.target, "state": found.state, "reason": found.reason}
            for path, spec, found in planned
        ]
        console.emit_json({"artifacts": content})
        return
    forced = " (--force)" if options.force else ""
    rows = [
        (str(path), spec.target, spec.precision, _planned(found.state, found.reason) + forced)
        for path, spec, found in planned
    ]
    rows += [(str(path), "bundle", "-", "would be written") for path in bundles]
    console.table(("file", "target", "precision", "state"), rows)
    console.result("Nothing was made; leave out --dry-run to make them.")


def tell_results(
    results: Sequence[Exported], as_json: bool, bundle: Callable[[], list[Path]] = list
) -> None:
    """Say what became of each artifact; if all passed, `bundle` them. Raise the first error."""
    from edgegan import console

    if not as_json:
        console.table(_COLUMNS, [_row(result) for result in results])
        _tell_checks(results)
        _tell_files(results)
    for result in results:
        if result.note:
            console.note(f"{result.path.name}: {result.note}")
    errors = [result.error for result in results if result.error is not None]
    for error in errors[1:]:
        console.note(f"error: {error}")
    bundles = [] if errors else bundle()
    if as_json:
        told = {"artifacts": [_as_json(result) for result in results]}
        console.emit_json(told | ({"bundles": [str(path) for path in bundles]} if bundles else {}))
    for path in () if as_json else bundles:
        console.result(f"Wrote {path}. Next: edgegan app {path} --platform web --serve")
    if errors:
        raise errors[0]


def _planned(state: str, reason: str) -> str:
    return f"{_STATES[state]}: {reason}" if reason else _STATES[state]


def _tell_checks(results: Sequence[Exported]) -> None:
    from edgegan import console

    manifests = [result.manifest for result in results if result.manifest]
    for source in sorted({one.parity.source for one in manifests if one.parity}):
        console.note(f"Compared on {source}")
    for result in results:
        attempts = result.manifest.attempts if result.manifest else ()
        for attempt in attempts if len(attempts) > 1 else ():
            found = "-" if attempt.psnr_median is None else f"{attempt.psnr_median:.1f} dB"
            verdict = "passed" if attempt.passed else "failed"
            console.note(f"{result.path.name}, in float {attempt.kept}: {found}, {verdict}")


def _tell_files(results: Sequence[Exported]) -> None:
    from edgegan import console

    there = [result for result in results if result.error is None]
    written = [result for result in there if not result.unchanged]
    if written:
        folder = written[0].path.parent
        console.result(f"Wrote {len(written)} file(s), with manifests, to {folder}")
    if len(there) > len(written):
        console.result(
            f"{len(there) - len(written)} file(s) were there already, made of the same weights "
            "with the same options; --force makes them anew."
        )
    if there:
        console.result(f"Next: {_next([result.path for result in there if _runs(result)], there)}")


def _next(runnable: Sequence[Path], there: Sequence[Exported]) -> str:
    return f"edgegan bench {runnable[0]}" if runnable else f"edgegan inspect {there[0].path}"


def _runs(result: Exported) -> bool:
    return result.status == "verified"


def _row(result: Exported) -> tuple[str, ...]:
    manifest = result.manifest
    if manifest is None:
        return (result.path.name, *["-"] * (len(_COLUMNS) - 3), f"{result.seconds:.0f}", "failed")
    delegate = manifest.delegate
    return (
        result.path.name,
        f"{manifest.size_bytes / 1e6:.2f}",
        manifest.precision.obtained,
        _in_float(manifest),
        *_parity(manifest),
        str(delegate.partitions) if delegate else "-",
        f"{result.seconds:.0f}",
        "unchanged" if result.unchanged else result.status,
    )


def _in_float(manifest: Manifest) -> str:
    return manifest.attempts[-1].kept if manifest.attempts else "-"


def _parity(manifest: Manifest) -> tuple[str, str, str]:
    parity = manifest.parity
    if parity is None:
        return "-", "-", "-"
    return (
        f"{parity.psnr_min:.1f} / {parity.psnr_median:.1f}",
        f"{parity.ssim_median:.4f}",
        str(parity.max_lsb),
    )


def _as_json(result: Exported) -> dict[str, object]:
    from edgegan.manifest import manifest_path

    content: dict[str, object] = {
        "path": str(result.path),
        "manifest": str(manifest_path(result.path)),
        "seconds": result.seconds,
        "status": result.status,
        "unchanged": result.unchanged,
    }
    if result.error is not None:
        content["error"] = str(result.error)
    return content
