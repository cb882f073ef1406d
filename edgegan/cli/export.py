"""`edgegan export`: turn trained generators into verified artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgegan.export.pipeline import Exported, ExportJob, ExportOptions

BakeDomain = Annotated[
    list[str] | None,
    typer.Option(
        help="Of a StarGAN: fix what to translate to, such as Blond_Hair=1,Male=0; the file takes "
        "no label. Each further one makes another file.",
        show_default=False,
    ),
]


def export(
    source: Annotated[str, typer.Argument(help="A run, or a generator file (.keras).")],
    targets: Annotated[
        list[str],
        typer.Option("--target", "-t", help="tflite, onnx or tensorrt-rtx; may be repeated."),
    ],
    direction: Annotated[
        str | None,
        typer.Option(help="Of a CycleGAN run: ab, ba or both (default).", show_default=False),
    ] = None,
    precision: Annotated[
        str, typer.Option(help="fp32; for tflite also fp16 or int8-dynamic.")
    ] = "fp32",
    size: Annotated[
        str | None, typer.Option(help="Image size, 256 or HxW; default: as trained.")
    ] = None,
    parity: Annotated[
        str | None,
        typer.Option(help="Data set to compare on, or off; default: the run's held-out images."),
    ] = None,
    min_psnr: Annotated[
        float | None, typer.Option(help="Another threshold of the parity gate, dB.")
    ] = None,
    bake_domain: BakeDomain = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing artifacts.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to.")
    ] = None,
    json: Json = False,
) -> None:
    """Export generators; each artifact is loaded and compared with Keras first."""
    from edgegan.export.targets import check_precision, parse_size, resolve_target
    from edgegan.optional import needs

    names = list(dict.fromkeys(resolve_target(name) for name in targets))
    for name in names:
        check_precision(name, precision)
    wanted = parse_size(size) if size else None
    with needs("export"):
        from edgegan.export.pipeline import ExportOptions
        from edgegan.export.plan import plan
        from edgegan.export.source import find_source
    found = find_source(source, direction)
    jobs = plan(found, names, precision, wanted, parity, bake_domain or ())
    folder = output or found.folder
    options = ExportOptions(folder=folder, min_psnr=min_psnr, force=force)
    _tell(_run(jobs, options), json)


def _run(jobs: Sequence[ExportJob], options: ExportOptions) -> list[Exported]:
    from edgegan.console import progress
    from edgegan.export.pipeline import check_jobs, export_generator

    check_jobs(jobs, options)
    results: list[Exported] = []
    with progress("Exporting", sum(len(job.specs) for job in jobs)) as report:
        for job in jobs:

            def count(done: int, note: str = "", before: int = len(results)) -> None:
                report(before + done, note)

            results += export_generator(job, options, count)
    return results


def _tell(results: Sequence[Exported], as_json: bool) -> None:
    from edgegan import console

    if as_json:
        console.emit_json({"artifacts": [_as_json(result) for result in results]})
    else:
        columns = ("file", "MB", "precision", "PSNR min / median dB", "XNNPACK parts", "status")
        console.table(columns, [_row(result) for result in results])
        for source in sorted(_parity_sources(results)):
            console.note(f"Compared on {source}")
        written = [result for result in results if result.error is None]
        if written:
            console.result(f"Wrote {len(written)} file(s), with manifests, to {_folder(written)}")
            console.result(f"Next: {_next(written)}")
    for result in results:
        if result.note:
            console.note(f"{result.path.name} is unverified: {result.note}")
    errors = [result.error for result in results if result.error is not None]
    for error in errors[1:]:
        console.note(f"error: {error}")
    if errors:
        raise errors[0]


def _parity_sources(results: Sequence[Exported]) -> set[str]:
    manifests = [result.manifest for result in results if result.manifest]
    return {manifest.parity.source for manifest in manifests if manifest.parity}


def _next(written: Sequence[Exported]) -> str:
    runnable = [result.path for result in written if result.status == "verified"]
    return f"edgegan bench {runnable[0]}" if runnable else f"edgegan inspect {written[0].path}"


def _folder(results: Sequence[Exported]) -> Path:
    return results[0].path.parent


def _row(result: Exported) -> tuple[str, ...]:
    manifest = result.manifest
    if manifest is None:
        return (result.path.name, "-", "-", "-", "-", "failed")
    parity, delegate = manifest.parity, manifest.delegate
    return (
        result.path.name,
        f"{manifest.size_bytes / 1e6:.2f}",
        manifest.precision.obtained,
        f"{parity.psnr_min:.1f} / {parity.psnr_median:.1f}" if parity else "-",
        str(delegate.partitions) if delegate else "-",
        result.status,
    )


def _as_json(result: Exported) -> dict[str, object]:
    from edgegan.manifest import manifest_path

    content: dict[str, object] = {
        "path": str(result.path),
        "manifest": str(manifest_path(result.path)),
        "seconds": result.seconds,
        "status": result.status,
    }
    if result.error is not None:
        content["error"] = str(result.error)
    return content
