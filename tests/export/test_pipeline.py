"""The whole export of a tiny generator, and what happens when something is wrong."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgegan
from edgegan.atomic import write_text
from edgegan.errors import ArtifactError, MissingRequirement, ParityError, UsageError
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import ParityImages
from edgegan.export.parity_sheet import sheet_path
from edgegan.export.pipeline import check_jobs, export_generator
from edgegan.export.targets import ExportSpec
from edgegan.images import to_float, to_uint8
from edgegan.manifest import manifest_path, read_manifest, sha256, write_manifest
from edgegan.selftest import SelfTest
from edgegan.train.generator_file import load_generator, selftest_of
from tests.export.generators import SIZE, saved

PICTURES = ParityImages(
    images=tuple(
        np.random.default_rng(i).integers(0, 256, (20, 20, 3)).astype(np.uint8) for i in range(4)
    ),
    source="noise",
)
ALL = (("tflite", "fp32"), ("tflite", "fp16"), ("tflite", "int8-dynamic"), ("onnx", "fp32"))


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("generator"))


def job(generator: Path, *wanted: tuple[str, str], size: int = SIZE) -> ExportJob:
    specs = [ExportSpec(target=t, precision=p, size=(size, size)) for t, p in wanted]
    return ExportJob(generator=generator, specs=specs, parity=PICTURES)


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_artifact_is_verified_and_described(generator: Path, tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    results = export_generator(
        job(generator, *ALL),
        ExportOptions(folder=tmp_path),
        lambda done, note="": told.append((done, note)),
    )
    assert [result.status for result in results] == ["verified"] * 4
    names = [result.path.name for result in results]
    assert [told_ for told_ in told if told_[1] in names] == list(enumerate(names, start=1))
    assert (0, f"{names[0]}: converting") in told
    for result, (_, precision) in zip(results, ALL, strict=True):
        manifest = read_manifest(result.path)
        assert manifest == result.manifest
        assert manifest is not None
        assert manifest.file_sha256 == sha256(result.path)
        assert manifest.precision.obtained == precision
        assert manifest.parity is not None
        assert manifest.parity.passed
        assert manifest.parity.images == 4
        assert manifest.source is not None
        assert manifest.source.sha256 == sha256(generator)
        assert manifest.task is not None
        assert manifest.task.direction == "A2B"
        if result.path.suffix == ".tflite":
            assert manifest.delegate is not None
            assert (manifest.delegate.partitions, manifest.delegate.outside) == (1, ())
        assert result.path.with_name(f"{result.path.name}.parity.png").is_file()
    assert len(visible(tmp_path)) == 12


def test_an_artifact_translates_as_keras_does(generator: Path, tmp_path: Path) -> None:
    export_generator(job(generator, ("onnx", "fp32")), ExportOptions(folder=tmp_path))
    model, _ = load_generator(generator)
    image = PICTURES.at_size((SIZE, SIZE))[0]
    engine = edgegan.load(tmp_path / f"A2B-{SIZE}x{SIZE}-fp32.onnx")
    expected = to_uint8(model(to_float(image)[None]).numpy())[0]
    assert np.abs(engine(image).astype(int) - expected).max() <= 1


def test_another_size_has_its_own_selftest_and_macs(generator: Path, tmp_path: Path) -> None:
    options = ExportOptions(folder=tmp_path)
    small, large = (
        export_generator(job(generator, ("tflite", "fp32"), size=size), options)[0].manifest
        for size in (SIZE, 2 * SIZE)
    )
    assert small is not None
    assert large is not None
    assert large.macs == 4 * (small.macs or 0)
    assert small.selftest != large.selftest


def test_an_engine_that_cannot_run_here_is_unverified(generator: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx")
    results = export_generator(
        job(generator, ("tensorrt-rtx", "fp32")), ExportOptions(folder=tmp_path)
    )
    assert (results[0].status, results[0].error) == ("unverified", None)
    assert "driver" in results[0].note
    manifest = read_manifest(results[0].path)
    assert manifest is not None
    assert (manifest.parity, manifest.status) == (None, "unverified")


def test_a_failed_gate_leaves_nothing_under_the_final_name(generator: Path, tmp_path: Path) -> None:
    options = ExportOptions(folder=tmp_path, min_psnr=98.0)
    results = export_generator(
        job(generator, ("tflite", "int8-dynamic"), ("onnx", "fp32")), options
    )
    assert isinstance(results[0].error, ParityError)
    assert results[1].error is None
    assert "PSNR median" in str(results[0].error)
    name = f"A2B-{SIZE}x{SIZE}-int8-dynamic.tflite"
    assert not (tmp_path / name).exists()
    assert (tmp_path / f"rejected-{name}").exists()
    assert len([n for n in visible(tmp_path) if n.startswith(".tmp")]) == 0


@pytest.mark.slow
def test_a_failed_gate_keeps_the_older_artifact(generator: Path, tmp_path: Path) -> None:
    wanted = job(generator, ("tflite", "int8-dynamic"))
    (first,) = export_generator(wanted, ExportOptions(folder=tmp_path))
    before = first.path.read_bytes()
    options = ExportOptions(folder=tmp_path, min_psnr=98.0, force=True)
    (second,) = export_generator(wanted, options)
    assert second.status == "failed"
    assert first.path.read_bytes() == before
    assert read_manifest(first.path) == first.manifest


def test_a_wrong_selftest_is_noticed(
    generator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*arguments: Any) -> SelfTest:
        return replace(selftest_of(*arguments), values=(0.5,) * 64)

    monkeypatch.setattr("edgegan.export.artifact.selftest_of", wrong)
    (result,) = export_generator(job(generator, ("onnx", "fp32")), ExportOptions(folder=tmp_path))
    assert "self-test" in str(result.error)


def test_without_a_gate_nothing_is_called_verified(generator: Path, tmp_path: Path) -> None:
    wanted = replace(job(generator, ("onnx", "fp32")), parity=None)
    (result,) = export_generator(wanted, ExportOptions(folder=tmp_path))
    assert (result.status, result.note) == ("unverified", "The parity gate was switched off.")


def test_existing_files_are_kept_without_force(generator: Path, tmp_path: Path) -> None:
    path = tmp_path / f"A2B-{SIZE}x{SIZE}-fp32.onnx"
    path.write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        export_generator(job(generator, ("onnx", "fp32")), ExportOptions(folder=tmp_path))
    assert path.read_text() == "mine"


def test_what_is_unchanged_is_not_made_again(generator: Path, tmp_path: Path) -> None:
    wanted = job(generator, ("onnx", "fp32"))
    (first,) = export_generator(wanted, ExportOptions(folder=tmp_path))
    stamp = first.path.stat().st_mtime_ns
    (again,) = export_generator(wanted, ExportOptions(folder=tmp_path))
    assert (first.unchanged, again.unchanged) == (False, True)
    assert (again.manifest, first.path.stat().st_mtime_ns) == (first.manifest, stamp)
    (forced,) = export_generator(wanted, ExportOptions(folder=tmp_path, force=True))
    assert (forced.unchanged, first.path.stat().st_mtime_ns > stamp) == (False, True)


def test_what_is_outdated_is_made_anew(generator: Path, tmp_path: Path) -> None:
    wanted = job(generator, ("onnx", "fp32"))
    export_generator(wanted, ExportOptions(folder=tmp_path))
    options = ExportOptions(folder=tmp_path, min_psnr=50.0)
    (result,) = export_generator(wanted, options)
    assert (result.unchanged, result.status) == (False, "verified")
    assert result.note == "It replaces the older one: another min_psnr."
    assert result.manifest is not None
    assert result.manifest.options["min_psnr"] == 50.0


def test_static_precisions_need_images_to_calibrate_on(generator: Path, tmp_path: Path) -> None:
    for target in ("tflite", "onnx"):
        with pytest.raises(UsageError, match="--calib"):
            export_generator(job(generator, (target, "int8")), ExportOptions(folder=tmp_path))


def test_a_size_that_does_not_fit_is_refused(generator: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="multiples of 4"):
        export_generator(job(generator, ("onnx", "fp32"), size=18), ExportOptions(folder=tmp_path))


def test_a_generator_without_a_manifest_can_be_exported(generator: Path, tmp_path: Path) -> None:
    path = tmp_path / "foreign.keras"
    path.write_bytes(generator.read_bytes())
    (result,) = export_generator(job(path, ("tflite", "fp32")), ExportOptions(folder=tmp_path))
    assert result.manifest is not None
    assert (result.status, result.manifest.generator, result.manifest.task) == (
        "verified",
        None,
        None,
    )


def test_a_damaged_generator_is_refused(generator: Path, tmp_path: Path) -> None:
    path = tmp_path / "A2B.keras"
    path.write_bytes(generator.read_bytes()[:-100])
    manifest = read_manifest(generator)
    assert manifest is not None
    write_manifest(path, manifest)
    with pytest.raises(ArtifactError, match="damaged or was changed"):
        export_generator(job(path, ("onnx", "fp32")), ExportOptions(folder=tmp_path / "out"))
    write_text(manifest_path(path), "{}")
    with pytest.raises(ArtifactError, match="not an EdgeGAN manifest"):
        export_generator(job(path, ("onnx", "fp32")), ExportOptions(folder=tmp_path / "out"))


def test_a_converter_that_breaks_does_not_stop_the_others(
    generator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **named: Any) -> bytes:
        raise RuntimeError("line one\nline two")

    monkeypatch.setattr("edgegan.export.keras_to_onnx.to_onnx", broken)
    results = export_generator(
        job(generator, ("onnx", "fp32"), ("tflite", "fp32")), ExportOptions(folder=tmp_path)
    )
    assert [result.status for result in results] == ["failed", "verified"]
    assert str(results[0].error).endswith("could not be made: RuntimeError: line one")


def test_a_missing_converter_names_its_extra_and_the_others_go_on(
    generator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "litert_quantizer", None)
    results = export_generator(
        job(generator, ("tflite", "int8-dynamic"), ("onnx", "fp32")), ExportOptions(folder=tmp_path)
    )
    assert isinstance(results[0].error, MissingRequirement)
    assert "edgegan[export]" in str(results[0].error)
    assert results[1].status == "verified"


def test_nothing_is_begun_if_a_later_artifact_exists(generator: Path, tmp_path: Path) -> None:
    wanted = job(generator, ("onnx", "fp32"), ("tflite", "fp32"))
    (tmp_path / f"A2B-{SIZE}x{SIZE}-fp32.tflite").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        check_jobs([wanted], ExportOptions(folder=tmp_path))
    assert visible(tmp_path) == [f"A2B-{SIZE}x{SIZE}-fp32.tflite"]


def test_no_sheet_of_an_older_file_is_left(generator: Path, tmp_path: Path) -> None:
    wanted = job(generator, ("tflite", "fp32"))
    options = ExportOptions(folder=tmp_path)
    (made,) = export_generator(wanted, options)
    assert sheet_path(made.path).exists()
    (again,) = export_generator(replace(wanted, parity=None), options)
    assert again.status == "unverified"
    assert not sheet_path(made.path).exists()
