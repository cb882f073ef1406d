"""Files with images in other forms: verified, described, and run with and without manifest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgegan
from edgegan.domains import encode
from edgegan.errors import UsageError
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import ParityImages
from edgegan.export.pipeline import check_jobs, export_generator
from edgegan.export.targets import ExportSpec
from edgegan.manifest import Tensor
from edgegan.runtime.health import selftest_failure
from tests.export.generators import DOMAINS, SIZE, saved_stargan

PICTURES = ParityImages(
    images=tuple(np.random.default_rng(0).integers(0, 256, (4, 20, 20, 3)).astype(np.uint8)),
    source="noise",
)
SPEC = ExportSpec(target="onnx", precision="fp32", size=(SIZE, 2 * SIZE), layout="nchw", batch=2)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> ExportJob:
    generator = saved_stargan(tmp_path_factory.mktemp("generator"))
    return ExportJob(generator=generator, specs=[SPEC], parity=PICTURES)


def test_channels_first_is_verified_and_described(job: ExportJob, tmp_path: Path) -> None:
    (result,) = export_generator(job, ExportOptions(folder=tmp_path))
    assert (result.status, result.error) == ("verified", None)
    assert result.path.name == f"G_nchw_batch2-{SIZE}x{2 * SIZE}-fp32.onnx"
    assert result.manifest is not None
    assert result.manifest.options["layout"] == "nchw"
    image = Tensor(name="image", shape=(2, 3, SIZE, 2 * SIZE), dtype="float32", layout="NCHW")
    io = result.manifest.io
    assert (io.inputs[0], io.outputs) == (image, (replace(image, name="output"),))
    assert (io.inputs[1].shape, io.inputs[1].layout) == ((2, len(DOMAINS)), "NC")


def test_channels_first_gives_the_pictures_of_channels_last(job: ExportJob, tmp_path: Path) -> None:
    both = replace(job, specs=[SPEC, replace(SPEC, layout="nhwc")])
    first, last = export_generator(both, ExportOptions(folder=tmp_path))
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(first.path.read_bytes())
    label = encode(DOMAINS, {"Blond_Hair": True})
    images = np.stack(PICTURES.at_size((SIZE, 2 * SIZE)))[:3]
    expected = edgegan.load(last.path)(images, label)
    assert expected.std() > 10
    for path in (first.path, bare):
        for backend in ("onnxruntime", "openvino"):
            found = edgegan.load(path, backend)(images, label)
            # Without a manifest OpenVINO may compute in bfloat16.
            limit = 8 if (path, backend) == (bare, "openvino") else 1
            assert np.abs(found.astype(int) - expected).max() <= limit


def test_the_golden_values_are_of_channels_last(job: ExportJob, tmp_path: Path) -> None:
    (result,) = export_generator(job, ExportOptions(folder=tmp_path))
    manifest = result.manifest
    assert manifest is not None
    assert manifest.selftest is not None
    engine = edgegan.load(result.path)
    assert selftest_failure(engine, manifest) is None
    values = np.array(manifest.selftest.values)
    others = tuple((values + 2e-3).tolist())
    wrong = replace(manifest, selftest=replace(manifest.selftest, values=others))
    assert selftest_failure(engine, wrong) is not None


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_bytes_are_verified_and_described(
    job: ExportJob, tmp_path: Path, precision: str, layout: str
) -> None:
    spec = replace(SPEC, precision=precision, image_type="uint8", layout=layout)
    (result,) = export_generator(replace(job, specs=[spec]), ExportOptions(folder=tmp_path))
    assert (result.status, result.error) == ("verified", None)
    assert result.manifest is not None
    assert result.manifest.precision.obtained == precision
    image, label = result.manifest.io.inputs
    assert (image.dtype, image.range, image.layout) == ("uint8", (0.0, 255.0), layout.upper())
    assert (label.dtype, label.range) == ("float32", (0.0, 1.0))


@pytest.mark.parametrize("image_type", ["float32", "uint8"])
def test_an_engine_has_the_form(job: ExportJob, tmp_path: Path, image_type: str) -> None:
    pytest.importorskip("tensorrt_rtx")
    rtx = replace(job, specs=[replace(SPEC, target="tensorrt-rtx", image_type=image_type)])
    (result,) = export_generator(rtx, ExportOptions(folder=tmp_path))
    assert (result.status, result.error) == ("unverified", None)
    assert result.manifest is not None
    image = result.manifest.io.inputs[0]
    assert (image.shape, image.dtype) == ((2, 3, SIZE, 2 * SIZE), image_type)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "tflite"}, "A .tflite has its images as nhwc alone"),
        ({"layout": "nhcw"}, "Did you mean 'nhwc'"),
        ({"layout": "nhwc", "opset": 18, "target": "tflite"}, "A .tflite has no opset"),
        ({"opset": 12}, "The opset is 12; it can be 13 to 23"),
    ],
)
def test_forms_that_a_target_lacks_are_refused(
    job: ExportJob, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    wanted = replace(job, specs=[replace(SPEC, **changes)])
    with pytest.raises(UsageError, match=words):
        check_jobs([wanted], ExportOptions(folder=tmp_path))
