"""`edgegan verify`: compare an artifact with what it was made from, where it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Backend, Json

if TYPE_CHECKING:
    from edgegan.export.parity import Comparison
    from edgegan.export.parity_images import ParityImages
    from edgegan.export.parity_pair import ParityPair
    from edgegan.manifest import Manifest

_UNKNOWN = "int8-dynamic"  # whose bar holds for what does not tell its precision

Reference = Annotated[Path, typer.Argument(help="What is right: a .keras generator, or any file.")]
Candidate = Annotated[Path, typer.Argument(help="What is checked: .tflite, .onnx, .rtx, .keras.")]
Images = Annotated[
    str | None,
    typer.Option(
        help="A folder of images, or a data set (its held-out part); default: the embedded emoji.",
        show_default=False,
    ),
]
Sheet = Annotated[
    Path | None,
    typer.Option(
        help="Image to write: source, reference, artifact and difference, the worst first.",
        show_default=False,
    ),
]
MinPsnr = Annotated[
    float | None,
    typer.Option(help="Another threshold of the median, dB.", show_default=False),
]
Precision = Annotated[
    str | None,
    typer.Option(
        help="Of the candidate, for the threshold; default: as its manifest tells.",
        show_default=False,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(help="Image size, 256 or HxW, if neither file fixes it.", show_default=False),
]
ReferenceBackend = Annotated[
    str | None, typer.Option(help="What runs the reference.", show_default=False)
]


def verify(
    reference: Reference,
    candidate: Candidate,
    images: Images = None,
    n: Annotated[int, typer.Option("--n", min=1, help="How many images at most.")] = 16,
    sheet: Sheet = None,
    min_psnr: MinPsnr = None,
    precision: Precision = None,
    size: Size = None,
    backend: Backend = None,
    reference_backend: ReferenceBackend = None,
    json: Json = False,
) -> None:
    """Compare two generators on the same images; exit with 4 if they differ too much.

    Every domain of a multi-domain generator is compared. What was exported as "unverified"
    and is compared here with what it was made from gets its status.
    """
    from edgegan.cli.image_figures import refuse_unwritable
    from edgegan.export.parity_images import open_parity_images
    from edgegan.export.parity_pair import Side, open_pair
    from edgegan.export.parity_record import can_complete, complete
    from edgegan.export.targets import parse_size

    if sheet:
        refuse_unwritable(sheet)
    sides = Side(path=reference, backend=reference_backend), Side(path=candidate, backend=backend)
    pair = open_pair(*sides, parse_size(size) if size else None)
    pair.require_selftests(reference, candidate)
    completes = can_complete(pair, reference, candidate)
    found = open_parity_images(images, pair.direction, n)
    comparison = _compare(pair, found, reference, precision, min_psnr)
    pair.close()
    status = complete(candidate, comparison.parity) if completes else None
    _tell(comparison, found, candidate, sheet, status, json)


def _compare(
    pair: ParityPair,
    images: ParityImages,
    reference: Path,
    precision: str | None,
    min_psnr: float | None,
) -> Comparison:
    from edgegan.console import progress
    from edgegan.export.parity import verify as compare
    from edgegan.export.parity_samples import parity_samples

    source = f"{images.source}, reference {reference.name}"
    if len(pair.choices) > 1:
        source += f", {len(pair.choices)} domains"
    asked = precision or _precision(pair.engines[1].manifest, min_psnr)
    samples = parity_samples(images, pair.size, pair.choices)
    with progress("Comparing", len(samples)) as report:
        return compare(pair.reference, pair.candidate, samples, asked, source, min_psnr, report)


def _precision(manifest: Manifest | None, min_psnr: float | None) -> str:
    from edgegan.console import note

    if manifest is not None:
        return manifest.precision.requested
    if min_psnr is None:
        note(
            f"No manifest tells the candidate's precision; the threshold is that of {_UNKNOWN}. "
            "--precision or --min-psnr set another."
        )
    return _UNKNOWN


def _tell(
    comparison: Comparison,
    images: ParityImages,
    candidate: Path,
    sheet: Path | None,
    status: str | None,
    json: bool,
) -> None:
    from dataclasses import asdict
    from shlex import quote

    from edgegan import console
    from edgegan.data import skipped_summary
    from edgegan.errors import ParityError
    from edgegan.export.parity_sheet import write_parity_sheet

    tell = console.note if json else console.result
    for line in skipped_summary(images.skipped):
        console.note(line)
    if json:
        console.emit_json(asdict(comparison.parity))
    else:
        console.table(("", "measured", "expected"), _rows(comparison))
    tell(f"Compared on {comparison.parity.images} images: {comparison.parity.source}")
    if sheet:
        write_parity_sheet(sheet, comparison)
        tell(f"Wrote {sheet}, the worst images first")
    if status:
        tell(f'The manifest of {candidate} now has the status "{status}"')
    if not comparison.parity.passed:
        hint = f" Look at {sheet}." if sheet else " --sheet FILE.png shows the worst images."
        raise ParityError(f"{candidate.name} {comparison.failure()}{hint}")
    tell(f"Passed. Next: edgegan bench {quote(str(candidate))}")


def _rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    parity, asked = comparison.parity, comparison.threshold
    most = "" if asked.max_lsb is None else f"<= {asked.max_lsb}/255"
    rows = [
        ("PSNR, median", f"{parity.psnr_median:.2f} dB", f">= {asked.median:g} dB"),
        ("PSNR, minimum", f"{parity.psnr_min:.2f} dB", f">= {asked.minimum:g} dB"),
        ("SSIM, median", f"{parity.ssim_median:.4f}", ""),
        ("largest difference", f"{parity.max_lsb}/255", most),
        ("values off by more than 2/255", f"{parity.share_over_2lsb:.2%}", ""),
        ("worst image", parity.worst_image, ""),
    ]
    if parity.worst_domain:
        median = f"{parity.worst_domain}, median {comparison.domains[parity.worst_domain]:.2f} dB"
        rows.append(("worst domain", median, ""))
    return rows
