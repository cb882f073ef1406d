"""What `--preset phone` makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.errors import IncompatibleArtifact, UsageError
from edgegan.export.app_models import open_models
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.phone_preset import (
    bundle_path,
    bundle_specs,
    check_bundle,
    phone_sizes,
    phone_specs,
    write_bundle,
)
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from tests.export.generators import SIZE, saved


@pytest.mark.parametrize(
    ("trained", "sizes"),
    [
        ((256, 256), [(256, 256), (288, 216), (216, 288)]),
        ((64, 64), [(64, 64), (80, 60), (60, 80)]),
        ((128, 512), [(256, 256), (288, 216), (216, 288)]),
    ],
)
def test_sizes_are_of_three_ratios_and_about_as_many_pixels(
    trained: tuple[int, int], sizes: list[tuple[int, int]]
) -> None:
    assert phone_sizes(trained) == sizes
    for height, width in sizes:
        assert (height % 4, width % 4) == (0, 0)
        assert 0.85 < height * width / (trained[0] * trained[1]) < 1.2


def test_sizes_fit_a_network_that_halves_more_often() -> None:
    for height, width in phone_sizes((64, 64), 8) + phone_sizes((8, 8), 8):
        assert (height % 8, width % 8) == (0, 0)
        assert height > 0


def test_each_choice_of_domains_is_a_bundle() -> None:
    specs = [*phone_specs((64, 64), bake="A=1"), *phone_specs((64, 64), bake="B=1")]
    first, second = bundle_specs(specs)
    assert {spec.bake for spec in first} == {"A=1"}
    assert [spec.precision for spec in second] == ["fp16"] * 3 + ["int8-dynamic"] * 3


def export(folder: Path, *specs: ExportSpec) -> Path:
    generator = saved(folder)
    job = ExportJob(generator=generator, specs=specs, parity=None)
    for result in export_generator(job, ExportOptions(folder=folder)):
        assert result.error is None
    return generator


def test_a_bundle_holds_files_and_manifests(tmp_path: Path) -> None:
    specs = [
        ExportSpec(target="tflite", precision=precision, size=(SIZE, SIZE))
        for precision in ("fp16", "int8-dynamic")
    ]
    generator = export(tmp_path, *specs)
    path = write_bundle(generator, specs, tmp_path)
    assert path == tmp_path / "A2B-phone.zip"
    first = path.read_bytes()
    models = open_models([path])
    loose = open_models([spec.path(tmp_path, "A2B") for spec in specs])
    assert [(m.name, m.data, m.manifest) for m in models] == [
        (m.name, m.data, m.manifest) for m in loose
    ]
    assert write_bundle(generator, specs, tmp_path).read_bytes() == first


def test_the_bundle_is_named_as_the_generator_and_no_other_file_is_replaced(
    tmp_path: Path,
) -> None:
    specs = phone_specs((256, 256))
    path = bundle_path(Path("zebra-256x256.keras"), specs, tmp_path)
    assert path.name == "zebra-256x256-phone.zip"
    check_bundle(path)
    path.write_text("mine")
    with pytest.raises(UsageError, match="is no bundle of --preset phone"):
        check_bundle(path)


def test_what_a_phone_refuses_is_not_bundled(tmp_path: Path) -> None:
    spec = ExportSpec(target="tflite", precision="fp32", size=(SIZE, SIZE), image_type="uint8")
    generator = export(tmp_path, spec)
    with pytest.raises(IncompatibleArtifact, match="does not fit gpu: an input or output is uint8"):
        write_bundle(generator, [spec], tmp_path)
    assert not list(tmp_path.glob("*.zip"))
