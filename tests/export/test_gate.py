"""The verdict on an artifact: what it holds when it passes, and when it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.export.artifact import convert, draft_manifest
from edgegan.export.gate import Gate, Verdict, verified
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.keras_reference import keras_at_size, keras_translator
from edgegan.export.labels import label_choices
from edgegan.export.lowering import lower
from edgegan.export.parity_images import parity_images
from edgegan.export.quantization import Quantization
from edgegan.export.targets import ExportSpec
from edgegan.images import to_float, to_uint8
from edgegan.selftest import SelfTest
from edgegan.train.generator_file import load_generator
from tests.export.generators import SIZE, saved, saved_stargan

IMAGES = parity_images("emoji", "A2B")
SPEC = ExportSpec(target="onnx", precision="fp32", size=(SIZE, SIZE))


def judged(
    folder: Path,
    generator: Path,
    min_psnr: float | None = None,
    selftest: SelfTest | None = None,
    precision: str = "fp32",
) -> Verdict:
    model, source = load_generator(generator)
    assert source is not None
    reference = lower(model, "keras", SPEC.size)
    job = ExportJob(generator=generator, specs=[SPEC], parity=None)
    draft = draft_manifest(reference, source, job, SPEC, ExportOptions(folder=folder))
    file = folder / "a.onnx"
    file.write_bytes(convert(reference, SPEC, draft, Quantization()))
    domains = source.task.domains if source.task else ()
    gate = Gate(
        reference=keras_translator(reference),
        size=SPEC.size,
        choices=label_choices(len(domains), domains),
        images=IMAGES,
        min_psnr=min_psnr,
    )
    draft = replace(draft, precision=replace(draft.precision, requested=precision))
    return verified(replace(draft, selftest=selftest or draft.selftest), file, gate)


def test_a_sound_artifact_is_verified_with_its_images(tmp_path: Path) -> None:
    verdict = judged(tmp_path, saved(tmp_path))
    assert (verdict.manifest.status, verdict.note, verdict.failure) == ("verified", "", "")
    assert verdict.comparison is not None
    assert verdict.manifest.parity == verdict.comparison.parity
    assert len(verdict.comparison.worst) == len(IMAGES.images)
    assert verdict.manifest.parity is not None
    assert verdict.manifest.parity.worst_image in IMAGES.names


def test_a_failure_names_image_and_domain_and_keeps_what_was_compared(tmp_path: Path) -> None:
    verdict = judged(tmp_path, saved_stargan(tmp_path), min_psnr=120.0)
    assert verdict.manifest.status == "failed"
    assert verdict.manifest.parity is not None
    assert not verdict.manifest.parity.passed
    assert verdict.comparison is not None
    assert set(verdict.comparison.domains) == {"Black_Hair", "Blond_Hair", "Male=0"}
    worst = verdict.comparison.worst[0].sample.title
    assert f"Worst image {worst}; worst domain" in verdict.failure


def test_a_failed_selftest_ends_it(tmp_path: Path) -> None:
    wrong = SelfTest(indices=(0,), values=(9.0,), mean=0.0, std=0.0, atol=1e-3)
    verdict = judged(tmp_path, saved(tmp_path), selftest=wrong)
    assert (verdict.manifest.status, verdict.comparison) == ("failed", None)
    assert "self-test failed" in verdict.failure


@pytest.mark.parametrize(
    ("precision", "off", "allowed"),
    [
        *(("int8", 0.2, 0.25), ("int8", 0.01, 0.06), ("int8", 0.45, 0.5), ("int8", 0.6, None)),
        ("int8-dynamic", 0.2, None),
    ],
)
def test_ranges_of_images_may_cost_the_selftest_something(
    tmp_path: Path, precision: str, off: float, allowed: float | None
) -> None:
    generator = saved(tmp_path)
    sound = judged(tmp_path, generator).manifest.selftest
    assert sound is not None
    values = tuple(value + off for value in sound.values)
    test = replace(sound, values=values, std=1.0, atol=0.06)
    manifest = judged(tmp_path, generator, selftest=test, precision=precision).manifest
    assert manifest.status == ("failed" if allowed is None else "verified")
    if allowed is not None:
        assert manifest.selftest is not None
        assert manifest.selftest.atol == pytest.approx(allowed, rel=1e-3)


@pytest.mark.parametrize("size", [(SIZE, SIZE), (SIZE, 2 * SIZE)])
def test_the_keras_reference_runs_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    path = saved(tmp_path)
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    model, _ = load_generator(path)
    expected = to_uint8(lower(model, "keras", size)(to_float(image)[None]).numpy()[0])
    np.testing.assert_array_equal(keras_at_size(path, size)(image, None), expected)
