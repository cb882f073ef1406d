"""The parity gate: an artifact's images against its reference's, in image metrics.

Both sides translate the same images; their uint8 results are compared. The gate is
median PSNR >= T and minimum >= T - 6 dB, with T by precision; fp32 must also be within
1 LSB everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from edgegan.console import Report, silent
from edgegan.errors import ImageError, ParityError, unknown_name
from edgegan.image_metrics import max_lsb, psnr, share_over_2lsb, ssim
from edgegan.images import FloatArray, ImageArray
from edgegan.manifest import Parity

# Set from trained 9-block generators, median over real images, so that a sound conversion
# passes: weights alone in 8 bits (w8) reach 48 dB, with separable convolutions 43, and the
# emoji generators of examples/models 54 to 56; with activations in 16 bits (int16x8) 43 to
# 44; with those of the convolutions in 8 bits, scaled for each image (int8-dynamic), 37.
MIN_PSNR_DB = {
    "fp32": 60.0,
    "fp16": 45.0,
    "w8": 42.0,
    "int16x8": 40.0,
    "int8-dynamic": 34.0,
    "int8": 30.0,
}
WORST_BELOW_MEDIAN_DB = 6.0
FP32_MAX_LSB = 1
KEPT = 16  # images that a comparison keeps to be looked at

# Of uint8 `[H, W, 3]` and a label, float32 `[c]` or None, to uint8 `[H, W, 3]`: an engine.
Translator = Callable[[ImageArray, FloatArray | None], ImageArray]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """What both generators are fed with.

    Attributes:
        name: Of the image, such as its file's.
        image: uint8 `[H, W, 3]`, of the size that both take.
        label: float32 `[c]`; None if they take none.
        domain: What the label asks for, such as "Male=0"; empty without label.
    """

    name: str
    image: ImageArray
    label: FloatArray | None = None
    domain: str = ""

    @property
    def title(self) -> str:
        """Name the image, and the domain if there is one."""
        return f"{self.name} as {self.domain}" if self.domain else self.name


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """Two translations of one sample, uint8 `[H, W, 3]` each, and their PSNR in dB."""

    sample: Sample
    reference: ImageArray
    candidate: ImageArray
    psnr: float


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a gate asks for.

    Attributes:
        median: Of the PSNR over all images, dB.
        minimum: Of the PSNR of each, dB.
        max_lsb: The largest difference that a value may have; None: any.
    """

    median: float
    minimum: float
    max_lsb: int | None

    def __str__(self) -> str:
        """Say it in words."""
        text = f"median >= {self.median:g} dB and minimum >= {self.minimum:g} dB"
        return text if self.max_lsb is None else f"{text}, within {self.max_lsb}/255"


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """How a candidate did, with the images where it did worst.

    Attributes:
        parity: The figures over all images.
        worst: The `KEPT` images with the lowest PSNR, the worst first.
        domains: Median PSNR by domain, dB, the worst first; empty without labels.
        threshold: What was asked for.
    """

    parity: Parity
    worst: tuple[Compared, ...]
    domains: Mapping[str, float]
    threshold: Threshold

    def failure(self) -> str:
        """Say how the gate was failed, and on what; empty if it was passed."""
        parity = self.parity
        if parity.passed:
            return ""
        domain = parity.worst_domain
        of = f"; worst domain {domain}, median {self.domains[domain]:g} dB" if domain else ""
        return (
            f"failed its parity gate: PSNR median {parity.psnr_median:g} dB, minimum "
            f"{parity.psnr_min:g} dB, largest difference {parity.max_lsb}/255 over "
            f"{parity.images} images ({parity.source}); expected {self.threshold}. "
            f"Worst image {parity.worst_image}{of}."
        )


def threshold(precision: str, min_psnr: float | None = None) -> Threshold:
    """Tell what the gate of `precision` asks for; `min_psnr` sets another median, dB.

    Raises:
        UsageError: there is no such precision.
    """
    if precision not in MIN_PSNR_DB:
        raise unknown_name("precision", precision, MIN_PSNR_DB)
    least = MIN_PSNR_DB[precision] if min_psnr is None else min_psnr
    exact = precision == "fp32" and min_psnr is None
    return Threshold(
        median=least,
        minimum=least - WORST_BELOW_MEDIAN_DB,
        max_lsb=FP32_MAX_LSB if exact else None,
    )


def verify(
    reference: Translator,
    candidate: Translator,
    samples: Sequence[Sample],
    precision: str,
    source: str,
    min_psnr: float | None = None,
    report: Report = silent,
) -> Comparison:
    """Compare two generators, such as engines of `edgegan.load`, on `samples`.

    Args:
        reference: What is right.
        candidate: What is checked.
        samples: At least one; `edgegan.export.parity_samples` makes them.
        precision: The candidate's, which chooses the threshold.
        source: Says which images and which reference these are.
        min_psnr: Another threshold for the median, dB.
        report: Told of each sample.

    Raises:
        UsageError: `precision` is unknown.
        ParityError: the candidate gives NaN values.
        ImageError: the reference does.
    """
    asked = threshold(precision, min_psnr)
    distances: list[_Distance] = []
    worst: list[Compared] = []
    for done, sample in enumerate(samples, start=1):
        compared = _compare(reference, candidate, sample)
        distances.append(_distance(compared))
        worst = sorted([*worst, compared], key=lambda one: one.psnr)[:KEPT]
        report(done, sample.title)
    domains = _domains(distances)
    return Comparison(
        parity=_parity(distances, worst[0], domains, source, asked),
        worst=tuple(worst),
        domains=domains,
        threshold=asked,
    )


@dataclass(frozen=True, kw_only=True)
class _Distance:
    domain: str
    psnr: float
    ssim: float
    max_lsb: int
    share_over_2lsb: float


def _compare(reference: Translator, candidate: Translator, sample: Sample) -> Compared:
    expected = reference(sample.image, sample.label)
    try:
        got = candidate(sample.image, sample.label)
    except ImageError as error:
        raise ParityError(f"failed its parity gate on {sample.title}: {error}") from error
    return Compared(
        sample=sample, reference=expected, candidate=got, psnr=round(psnr(got, expected), 2)
    )


def _distance(compared: Compared) -> _Distance:
    pair = compared.candidate, compared.reference
    return _Distance(
        domain=compared.sample.domain,
        psnr=compared.psnr,
        ssim=ssim(*pair),
        max_lsb=max_lsb(*pair),
        share_over_2lsb=share_over_2lsb(*pair),
    )


def _domains(distances: Iterable[_Distance]) -> dict[str, float]:
    """Take the median PSNR of each domain, the lowest first."""
    found: dict[str, list[float]] = {}
    for distance in distances:
        if distance.domain:
            found.setdefault(distance.domain, []).append(distance.psnr)
    medians = {domain: round(median(values), 2) for domain, values in found.items()}
    return dict(sorted(medians.items(), key=lambda item: item[1]))


def _parity(
    distances: Sequence[_Distance],
    worst: Compared,
    domains: Mapping[str, float],
    source: str,
    asked: Threshold,
) -> Parity:
    middle = round(median(one.psnr for one in distances), 2)
    lsb = max(one.max_lsb for one in distances)
    close = middle >= asked.median and worst.psnr >= asked.minimum
    return Parity(
        images=len(distances),
        source=source,
        psnr_min=worst.psnr,
        psnr_median=middle,
        ssim_median=round(median(one.ssim for one in distances), 5),
        max_lsb=lsb,
        share_over_2lsb=round(mean(one.share_over_2lsb for one in distances), 6),
        passed=close and (asked.max_lsb is None or lsb <= asked.max_lsb),
        min_psnr=asked.median,
        worst_image=worst.sample.title,
        worst_domain=next(iter(domains), "") if len(domains) > 1 else "",
    )
