"""How one row of an evaluation is judged, in one direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from edgegan.images import FloatArray, ImageArray
from edgegan.runtime.engine import Engine
from edgegan.runtime.label import label_entries
from edgegan.train.attribute_probe import Probe, learn_probe
from edgegan.train.estimate import Estimate, mean_estimate
from edgegan.train.evaluation_data import Direction
from edgegan.train.feature_cache import cached_features
from edgegan.train.features import Extractor, feature_gaps
from edgegan.train.frechet import Gaussian, frechet_estimate, gaussian
from edgegan.train.image_scores import drift_scores, l1, pair_scores
from edgegan.train.kernel_distance import kernel_distance_estimate

Translate = Callable[[ImageArray, FloatArray | None], ImageArray]
Scores = dict[str, Estimate]


@dataclass(frozen=True)
class Translator:
    """Translates images `[N, H, W, 3]`, with labels `[N, c]` or None, by an engine."""

    engine: Engine

    def __call__(self, images: ImageArray, labels: FloatArray | None) -> ImageArray:
        """Translate one by one."""
        takes_label = bool(label_entries(self.engine.info.io))
        each = labels if takes_label and labels is not None else [None] * len(images)
        pairs = zip(images, each, strict=True)
        return np.stack([self.engine(image, label) for image, label in pairs])


@dataclass(frozen=True, kw_only=True, eq=False)
class Contender:
    """What is judged.

    Attributes:
        name: Of its row.
        forward: Translates; None for real images, which need not be.
        backward: Translates back, if anything does.
        source: What an artifact was made from, if that is known.
    """

    name: str
    forward: Translate | None
    backward: Translate | None = None
    source: Translate | None = None


@dataclass(frozen=True, eq=False)
class Reference:
    """Real images of the target's domain: their features `[T, d]`, and the Gaussian of these."""

    features: FloatArray
    gaussian: Gaussian


@dataclass(frozen=True, kw_only=True, eq=False)
class Judge:
    """What the rows of one direction are compared with.

    Attributes:
        direction: The images.
        extractor: The features.
        metrics: What to measure, of `METRICS`.
        reference: What FID and KID compare translations with.
        training: What they compare held-out images with, so that these do not meet themselves.
        probe: Tells whether features are of the target's domain; None without labels.
        truths: Features of what the sources are to become; None if that is not compared.
        translated: What something makes of the sources. It remembers the last two, since
            the artifacts of a table have one source.
    """

    direction: Direction
    extractor: Extractor
    metrics: Sequence[str]
    reference: Reference
    training: Reference
    probe: Probe | None
    truths: FloatArray | None
    translated: Callable[[Translate], ImageArray]


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Scores by name, and the images from the best to the worst, by what they were sorted."""

    scores: Scores
    order: Sequence[int]
    sorted_by: str


def open_judge(
    direction: Direction, extractor: Extractor, metrics: Sequence[str], reference: str = "training"
) -> Judge:
    """Prepare to judge one direction; features of real images come from the cache.

    Args:
        direction: The images.
        extractor: The features.
        metrics: What to measure, of `METRICS`.
        reference: What FID and KID compare with, of `REFERENCES`.
    """
    training = cached_features(direction.training, extractor)
    trained = training[direction.reference]
    known = compared = _reference(trained)
    if reference == "all":
        held_out = cached_features(direction.targets, extractor)
        compared = _reference(np.concatenate([trained, held_out]))
    probe = None
    if "attributes" in metrics and direction.classes is not None:
        probe = learn_probe(training, direction.classes, direction.wanted)
    truths = None
    if "paired" in metrics and direction.truths is not None:
        truths = extractor(direction.truths)
    return Judge(
        direction=direction,
        extractor=extractor,
        metrics=metrics,
        reference=compared,
        training=known,
        probe=probe,
        truths=truths,
        translated=lru_cache(maxsize=2)(
            lambda translate: translate(direction.sources, direction.labels)
        ),
    )


def judge_row(contender: Contender, judge: Judge) -> Judged:
    """Translate, and measure everything."""
    direction = judge.direction
    real = contender.forward is None
    images = judge.translated(contender.forward) if contender.forward else direction.targets
    features = judge.extractor(images)
    reference = judge.training if real else judge.reference
    scores: Scores = {}
    if "fid" in judge.metrics:
        scores["fid"] = frechet_estimate(features, reference.gaussian)
    if "kid" in judge.metrics:
        scores["kid"] = kernel_distance_estimate(features, reference.features)
    if judge.probe:
        scores["attribute_success"] = mean_estimate(judge.probe(features).astype(np.float64))
    values = {} if real else _pairs(contender, judge, images, features)
    scores |= {name: _estimate(name, array) for name, array in values.items()}
    far = np.square(features - reference.gaussian.mean).sum(axis=1)
    sorted_by = next((k for k in ("paired_l1", "cycle_l1") if k in values), "")
    order = np.argsort(values.get(sorted_by, far), kind="stable")
    return Judged(
        scores=scores,
        order=[int(i) for i in order],
        sorted_by=sorted_by or "distance of the features from the mean of the reference",
    )


def _reference(features: FloatArray) -> Reference:
    return Reference(features, gaussian(features))


def _pairs(
    contender: Contender, judge: Judge, images: ImageArray, features: FloatArray
) -> dict[str, Any]:
    """Measure what is measured image by image, `[N]` each."""
    direction, metrics = judge.direction, judge.metrics
    found: dict[str, Any] = {}
    if "cycle" in metrics and contender.backward:
        back = contender.backward(images, direction.back)
        found |= _named("cycle", pair_scores(back, direction.sources))
    if "identity" in metrics and contender.forward:
        same = contender.forward(direction.targets, direction.own)
        found["identity_l1"] = l1(same, direction.targets)
    if direction.truths is not None and judge.truths is not None:
        found |= _named("paired", pair_scores(images, direction.truths))
        found["paired_features"] = feature_gaps(features, judge.truths)
    if "drift" in metrics and contender.source:
        found |= _named("drift", drift_scores(images, judge.translated(contender.source)))
    return found


def _named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": array for name, array in values.items()}


def _estimate(name: str, values: Any) -> Estimate:
    if not name.endswith("_max_lsb"):
        return mean_estimate(values)
    mean = mean_estimate(values)
    return Estimate(float(values.max()), np.full_like(mean.draws, values.max()), mean.images)
