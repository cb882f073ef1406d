"""The sensitivity of layers: what a network loses where only one of them is quantized.

Each convolution is quantized alone, and each is left out alone; the images are compared
with those of the same artifact in float. So the loss is that of quantizing, and no other.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import tf_keras as keras

from edgegan.console import Report, silent
from edgegan.export.float_artifact import FloatArtifact, check_layerwise, float_artifact
from edgegan.export.job import ExportJob
from edgegan.export.labels import label_choices
from edgegan.export.ladder import Place, places
from edgegan.export.lowering import lower
from edgegan.export.parity import Sample
from edgegan.export.parity_images import ParityImages
from edgegan.export.parity_pair import translator
from edgegan.export.parity_samples import parity_samples
from edgegan.export.pipeline import check_calibration, converter_errors, quantization_of
from edgegan.generator import check_size
from edgegan.image_metrics import psnr
from edgegan.images import ImageArray
from edgegan.optional import needs
from edgegan.runtime.engine import load
from edgegan.train.generator_file import load_generator

_FLOAT_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class Loss:
    """PSNR of quantized against float images, dB: the median over them, and the minimum."""

    psnr_median: float
    psnr_min: float


@dataclass(frozen=True, kw_only=True)
class LayerLoss:
    """What quantizing one layer costs.

    Attributes:
        layer: Its name.
        place: Where it stands, as the ladder has it.
        alone: With only this layer quantized.
        spared: With all others quantized; None if there is no other.
        weight_bytes: Of its kernel in float32.
        weight_share: Of these in the parameters of the network, 0..1.
    """

    layer: str
    place: Place
    alone: Loss
    spared: Loss | None
    weight_bytes: int
    weight_share: float


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What quantizing costs, in whole and by layer.

    Attributes:
        whole: With all layers quantized.
        layers: The worst first.
        comparisons: Images that each figure is over, each with every label counted.
    """

    whole: Loss
    layers: tuple[LayerLoss, ...]
    comparisons: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """A converted network that is ready to be measured.

    Attributes:
        network: The Keras generator at its size.
        artifact: Made of it.
        samples: What it is fed with.
        scratch: A folder for one file at a time.
    """

    network: keras.Model
    artifact: FloatArtifact
    samples: Sequence[Sample]
    scratch: Path

    @property
    def steps(self) -> int:
        """Count the files that `measure` makes and runs."""
        return 2 + 2 * len(self.artifact.layers)

    def measure(self, report: Report = silent) -> Sensitivity:
        """Quantize every layer alone, and every one not; `report` is told of each."""
        every = frozenset(self.artifact.layers)
        where = places(self.network)
        report(0, "in float")
        expected = self._images(self.artifact.content)
        report(1, "all layers")
        whole = self._loss(frozenset(), expected)
        found = []
        for done, name in enumerate(self.artifact.layers, start=1):
            report(2 * done, name)
            alone = self._loss(every - {name}, expected)
            report(2 * done + 1, f"all but {name}")
            spared = self._loss(frozenset({name}), expected) if len(every) > 1 else None
            found.append(self._layer(name, where[name], alone, spared))
        report(self.steps)
        found.sort(key=lambda one: (one.alone.psnr_median, one.alone.psnr_min))
        return Sensitivity(whole=whole, layers=tuple(found), comparisons=len(self.samples))

    def _loss(self, keep: frozenset[str], expected: Sequence[ImageArray]) -> Loss:
        with _converting("The quantized file"):
            content = self.artifact.quantized(keep)
        pairs = zip(self._images(content), expected, strict=True)
        distances = [psnr(got, right) for got, right in pairs]
        return Loss(psnr_median=round(median(distances), 2), psnr_min=round(min(distances), 2))

    def _images(self, content: bytes) -> list[ImageArray]:
        file = self.scratch / f"network{self.artifact.suffix}"
        file.write_bytes(content)
        engine = load(file)
        translate = translator(engine)
        images = [translate(sample.image, sample.label) for sample in self.samples]
        engine.close()
        file.unlink()  # the next one is a new file, whoever still maps this
        return images

    def _layer(self, name: str, place: Place, alone: Loss, spared: Loss | None) -> LayerLoss:
        weights = self.network.get_layer(name).weights
        kernels = [weight.shape for weight in weights if weight.shape.rank == 4]
        values = sum(int(shape.num_elements()) for shape in kernels)
        return LayerLoss(
            layer=name,
            place=place,
            alone=alone,
            spared=spared,
            weight_bytes=values * _FLOAT_BYTES,
            weight_share=round(values / self.network.count_params(), 4),
        )


def open_trial(job: ExportJob, images: ParityImages, scratch: Path) -> Trial:
    """Convert a generator for a trial of its layers.

    Args:
        job: With one artifact, of a target and precision in
            `edgegan.export.float_artifact.LAYERWISE`.
        images: To compare on; a generator with a label gets each domain, as in its gate.
        scratch: An empty folder, to be kept as long as the trial is used.

    Raises:
        UsageError: the precision has no single layers, or needs images to calibrate on and
            has none, or the size does not fit.
        ArtifactError: the generator file is damaged or is no generator.
        EdgeganError: the converter failed.
    """
    (spec,) = job.specs
    check_layerwise(spec)
    model, source = load_generator(job.generator)
    check_calibration(job, spec, source)
    check_size(spec.size, source.generator.size_multiple if source and source.generator else 1)
    domains = source.task.domains if source and source.task else ()
    entries = model.inputs[1].shape[-1] if len(model.inputs) > 1 else 0
    choices = label_choices(entries, domains)
    network = lower(model, "keras", spec.size)
    quantization = quantization_of(job, spec, network, choices, source)
    with _converting(spec.file_name(job.generator.stem)):
        artifact = float_artifact(network, spec, places(network), quantization)
    samples = parity_samples(images, spec.size, choices)
    return Trial(network=network, artifact=artifact, samples=samples, scratch=scratch)


@contextmanager
def _converting(name: str) -> Iterator[None]:
    with converter_errors(Path(name)), needs("export"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # converters warn of what they will drop some day
        yield
