"""The sheet of a comparison: what goes in, what should come out, what does, and how they differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgegan.contact_sheet import captioned_rows
from edgegan.export.parity import Compared, Comparison
from edgegan.image_metrics import max_lsb, share_over_2lsb
from edgegan.images import ImageArray, save_image

GAIN = 8
COLUMNS = ("source", "reference", "artifact", f"difference x{GAIN}")


def sheet_path(artifact: Path) -> Path:
    """Name the sheet that lies beside an artifact."""
    return artifact.with_name(f"{artifact.name}.parity.png")


def write_parity_sheet(path: Path, comparison: Comparison) -> None:
    """Write the sheet, atomically; the suffix chooses the format.

    Raises:
        UsageError: the suffix is not an image format.
        EdgeganError: the file cannot be written.
    """
    save_image(path, parity_sheet(comparison))


def parity_sheet(comparison: Comparison) -> ImageArray:
    """Draw the images that a comparison kept, a row each, the worst first.

    Returns:
        uint8 `[H, W, 3]`.
    """
    parity = comparison.parity
    verdict = "passed" if parity.passed else "FAILED"
    title = [
        f"{verdict}: median {parity.psnr_median:.1f} dB, minimum {parity.psnr_min:.1f} dB, "
        f"max {parity.max_lsb}/255",
        f"asked: {comparison.threshold}",
        f"worst {len(comparison.worst)} of {parity.images} images ({parity.source})",
    ]
    rows = [
        (_caption(rank, compared), _images(compared))
        for rank, compared in enumerate(comparison.worst, start=1)
    ]
    return captioned_rows(title, COLUMNS, rows)


def difference(image: ImageArray, reference: ImageArray) -> ImageArray:
    """Show how far two images are apart: `GAIN` times the difference of each value, clipped.

    Black is equal.
    """
    apart = np.abs(image.astype(np.int16) - reference.astype(np.int16))
    clipped: ImageArray = np.minimum(apart * GAIN, 255).astype(np.uint8)
    return clipped


def _caption(rank: int, compared: Compared) -> str:
    pair = compared.candidate, compared.reference
    return (
        f"{rank}. {compared.psnr:.1f} dB, max {max_lsb(*pair)}/255, "
        f"{share_over_2lsb(*pair):.1%} over 2/255: {compared.sample.title}"
    )


def _images(compared: Compared) -> list[ImageArray]:
    return [
        compared.sample.image,
        compared.reference,
        compared.candidate,
        difference(compared.candidate, compared.reference),
    ]
