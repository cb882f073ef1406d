"""Our .tflite files and the C program on ARM64. `make test-arm` sets it up; else it is skipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.emoji import open_emoji
from edgegan.export.app_models import open_models
from edgegan.export.c_app import write_c_app
from edgegan.export.calibration import CalibrationRequest, calibration_images
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.image_metrics import psnr
from edgegan.images import FloatArray, resize, to_float, to_uint8
from tests.arm.arm64 import COMPILER, LITERT, ROOT, emulated, run_on_both
from tests.c_program import build, installed_litert, levels_apart, noisy_photo, translated
from tests.repository import ROOT as REPOSITORY

GENERATOR = REPOSITORY / "examples/models/cyclegan-emoji-A2B.keras"
PRECISIONS = ("fp32", "int8-dynamic", "int8")
# Of XNNPACK: int8 and uint8 as by default, and float arithmetic that is the same on every CPU.
CONSISTENT = 0x1 | 0x2 | 0x200

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ROOT, reason="no ARM64 under qemu-user: run make test-arm"),
]


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The trained generator of emoji, in each precision."""
    specs = [ExportSpec(target="tflite", precision=one, size=(64, 64)) for one in PRECISIONS]
    calibration = calibration_images(CalibrationRequest(spec="emoji", count=100), "A2B")
    job = ExportJob(generator=GENERATOR, specs=specs, parity=None, calibration=calibration)
    options = ExportOptions(folder=tmp_path_factory.mktemp("arm"))
    results = export_generator(job, options)
    return {one: result.path for one, result in zip(PRECISIONS, results, strict=True)}


@pytest.fixture(scope="module")
def images() -> FloatArray:
    """Held-out emoji."""
    emoji = open_emoji().test_a
    return to_float(np.stack([emoji[place] for place in range(0, len(emoji), 25)]))


def decibels(one: FloatArray, other: FloatArray) -> list[float]:
    return [psnr(a, b) for a, b in zip(to_uint8(one), to_uint8(other), strict=True)]


def test_static_int8_is_bit_identical(
    artifacts: dict[str, Path], images: FloatArray, tmp_path: Path
) -> None:
    arm, x86 = run_on_both(artifacts["int8"], images, tmp_path, CONSISTENT)
    assert arm.std() > 0.1
    np.testing.assert_array_equal(arm, x86)


def test_static_int8_by_default_seldom_rounds_otherwise(
    artifacts: dict[str, Path], images: FloatArray, tmp_path: Path
) -> None:
    # The norms are float32. Where they differ in the last bit, a value can round to the next
    # step of int8, which all that follows sees.
    arm, x86 = run_on_both(artifacts["int8"], images, tmp_path)
    same = sum(map(np.array_equal, arm, x86))
    between = decibels(arm, x86)
    print(f"int8: {same} of {len(images)} images are equal; at least {min(between):.1f} dB")
    assert same >= len(images) / 2
    assert min(between) >= 34


def test_fp32_is_that_of_x86(
    artifacts: dict[str, Path], images: FloatArray, tmp_path: Path
) -> None:
    arm, x86 = run_on_both(artifacts["fp32"], images[::4], tmp_path)
    apart = float(np.abs(arm - x86).max())
    print(f"fp32: at most {apart:.1e} from x86")
    assert apart <= 1e-5


def test_dynamic_int8_is_as_good_as_on_x86(
    artifacts: dict[str, Path], images: FloatArray, tmp_path: Path
) -> None:
    arm, x86 = run_on_both(artifacts["int8-dynamic"], images, tmp_path)
    keras = np.asarray(edgegan.load(GENERATOR).run(images))
    between, of_arm, of_x86 = decibels(arm, x86), decibels(arm, keras), decibels(x86, keras)
    for name, values in (("ARM, x86", between), ("ARM, Keras", of_arm), ("x86, Keras", of_x86)):
        print(f"int8-dynamic: {min(values):.1f} / {np.median(values):.1f} dB between {name}")
    assert min(between) >= 34
    assert np.median(of_arm) >= np.median(of_x86) - 1
    assert min(of_arm) >= min(of_x86) - 1


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_c_program_runs_on_both(
    artifacts: dict[str, Path], tmp_path: Path, precision: str
) -> None:
    models = open_models([artifacts[precision]])
    write_c_app(models, "Emoji", tmp_path / "x86")
    write_c_app(models, "Emoji", tmp_path / "arm")
    x86 = build(tmp_path / "x86", installed_litert())
    arm = build(tmp_path / "arm", LITERT, COMPILER, "LDFLAGS=-Wl,--allow-shlib-undefined")
    photo = noisy_photo(150, 150)
    found = translated(emulated(arm), photo)
    if precision == "int8-dynamic":  # whose kernels differ by design: compare with Python there
        small = to_float(resize(photo, (64, 64)))
        expected = to_uint8(run_on_both(artifacts[precision], small[None], tmp_path)[0])[0]
    else:
        expected = translated([x86], photo)
    assert levels_apart(found, expected) <= 1
