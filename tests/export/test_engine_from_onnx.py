"""Engines from an .onnx, by TensorRT-RTX, which needs no GPU to build."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from edgegan.errors import ArtifactError, EdgeganError, MissingRequirement, ParityError, UsageError
from edgegan.export.engine_elsewhere import build_elsewhere, missing_builder
from edgegan.export.engine_from_onnx import EngineJob, export_engine
from edgegan.export.engine_options import EngineOptions
from edgegan.export.gate import Gate, Verdict
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.manifest import (
    Manifest,
    Parity,
    Precision,
    manifest_path,
    read_manifest,
    sha256,
    write_manifest,
)
from edgegan.runtime.rtx import read_header
from tests.export.generators import SIZE, saved_stargan

pytest.importorskip("tensorrt_rtx", reason="tensorrt-rtx has no wheel for this platform")
OPTIONS = EngineOptions(compute_capabilities=("8.6",))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export a StarGAN to ONNX, with its manifest."""
    folder = tmp_path_factory.mktemp("model")
    spec = ExportSpec(target="onnx", precision="fp16", size=(SIZE, SIZE))
    job = ExportJob(generator=saved_stargan(folder), specs=[spec], parity=None)
    (made,) = export_generator(job, ExportOptions(folder=folder))
    return made.path


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))


def job(model: Path, folder: Path) -> EngineJob:
    return EngineJob(model=model, target="tensorrt-rtx", options=OPTIONS, folder=folder)


def test_the_engine_has_what_its_model_had(model: Path, tmp_path: Path) -> None:
    made = export_engine(job(model, tmp_path))
    assert made.path == tmp_path / f"{model.stem}.rtx"
    before, after = read_manifest(model), read_manifest(made.path)
    assert before is not None
    assert after is not None
    for name in ("task", "generator", "io", "selftest", "precision", "params", "macs"):
        assert getattr(after, name) == getattr(before, name)
    assert after.status == "unverified"  # no GPU here
    assert "driver" in made.note or after.parity is not None
    assert after.source is not None
    assert (after.source.file, after.source.sha256) == (model.name, sha256(model))
    assert after.options["engine"]["compute_capabilities"] == ["8.6"]
    header = read_header(made.path)
    assert header is not None
    assert header.compute_capabilities == ("8.6",)


def test_the_same_engine_comes_out_of_the_generator(model: Path, tmp_path: Path) -> None:
    made = export_engine(job(model, tmp_path))
    spec = ExportSpec(target="tensorrt-rtx", precision="fp16", size=(SIZE, SIZE), engine=OPTIONS)
    generator = ExportJob(generator=model.parent / "G.keras", specs=[spec], parity=None)
    (other,) = export_generator(generator, ExportOptions(folder=tmp_path / "other"))
    assert other.path.read_bytes() == made.path.read_bytes()


def test_what_is_there_is_not_made_again(model: Path, tmp_path: Path) -> None:
    first = job(model, tmp_path)
    export_engine(first)
    assert export_engine(first).unchanged
    forced = export_engine(replace(first, force=True))
    assert not forced.unchanged
    assert "cache of engines" in forced.note
    searched = export_engine(replace(first, options=replace(OPTIONS, optimization_level=1)))
    assert not searched.unchanged


def test_another_model_of_the_same_name_makes_another_engine(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / model.name
    copy.write_bytes(model.read_bytes())
    first = export_engine(job(copy, tmp_path / "out"))
    proto = onnx.load(copy)
    proto.doc_string = "of another epoch"  # counted by its hash alone
    onnx.save(proto, copy)
    second = export_engine(job(copy, tmp_path / "out"))
    assert not second.unchanged
    assert first.manifest is not None
    assert second.manifest is not None
    assert second.manifest.source != first.manifest.source


@pytest.mark.parametrize("known", [False, True], ids=["foreign", "changed"])
def test_a_file_of_another_origin_is_not_overwritten(
    model: Path, tmp_path: Path, known: bool
) -> None:
    wanted = job(model, tmp_path)
    if known:
        export_engine(wanted)
    wanted.path.write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        export_engine(wanted)
    assert wanted.path.read_text() == "mine"
    assert export_engine(replace(wanted, force=True)).manifest is not None


def test_what_its_model_was_found_to_lose_is_not_said_of_the_engine(
    model: Path, tmp_path: Path
) -> None:
    copy = tmp_path / model.name
    copy.write_bytes(model.read_bytes())
    parity = Parity(
        images=9, source="noise", psnr_min=40, psnr_median=50, ssim_median=1, max_lsb=1,
        share_over_2lsb=0, passed=True,
    )  # fmt: skip
    manifest = read_manifest(model)
    assert manifest is not None
    write_manifest(copy, replace(manifest, parity=parity, status="verified"))
    made = export_engine(job(copy, tmp_path)).manifest
    assert made is not None
    assert (made.parity, made.status) == (None, "unverified")


def test_a_model_that_is_not_what_its_manifest_says_is_refused(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / model.name
    copy.write_bytes(model.read_bytes())
    manifest = read_manifest(model)
    assert manifest is not None
    write_manifest(copy, replace(manifest, precision=Precision(requested="int8", obtained="int8")))
    with pytest.raises(EdgeganError, match="network computes in fp16, not in int8"):
        export_engine(job(copy, tmp_path))


def test_an_engine_that_fails_its_gate_is_not_kept(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine with a GPU that computes something else."""

    def failed(draft: Manifest, file: Path, gate: Gate) -> Verdict:
        assert file.read_bytes()[:4] == b"vtrt"
        return Verdict(manifest=draft, failure="differs from its model.")

    monkeypatch.setattr("edgegan.export.engine_from_onnx.verified", failed)
    with pytest.raises(ParityError, match=r"\.rtx differs from its model\. It was not kept\."):
        export_engine(job(model, tmp_path))
    assert not job(model, tmp_path).path.exists()


def test_batches_leave_the_first_axis_open(model: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, batches=(1, 2, 4))
    made = export_engine(replace(job(model, tmp_path), options=options))
    assert made.path.name == f"{model.stem}_batch1-4.rtx"
    assert made.manifest is not None
    assert [tensor.shape[0] for tensor in made.manifest.io.inputs] == [None, None]


def test_a_model_without_manifest_is_described_by_itself(model: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(model.read_bytes())
    made, known = export_engine(job(bare, tmp_path)).manifest, read_manifest(model)
    assert made is not None
    assert known is not None
    assert (made.io, made.task) == (known.io, known.task)
    assert made.precision.obtained == "fp16"
    assert made.selftest is not None
    assert known.selftest is not None
    assert made.selftest.values == pytest.approx(known.selftest.values, abs=0.02)


def test_a_damaged_model_is_refused(model: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(model.read_bytes()[:500])
    with pytest.raises(ArtifactError, match="damaged"):
        export_engine(job(cut, tmp_path))
    manifest_path(cut).write_bytes(manifest_path(model).read_bytes())
    with pytest.raises(ArtifactError, match="SHA-256"):
        export_engine(job(cut, tmp_path))


def test_a_model_of_any_size_is_refused(model: Path, tmp_path: Path) -> None:
    proto = onnx.load(model)
    for value in (proto.graph.input[0], proto.graph.output[0]):
        value.type.tensor_type.shape.dim[1].dim_param = "height"
    onnx.save(proto, tmp_path / "free.onnx")
    with pytest.raises(ArtifactError, match="images of any size"):
        export_engine(job(tmp_path / "free.onnx", tmp_path))


def test_no_tensorflow_is_loaded(model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from edgegan.export.engine_from_onnx import EngineJob, export_engine; "
        "from edgegan.export.engine_options import EngineOptions; "
        f"export_engine(EngineJob(model=Path({str(model)!r}), target='tensorrt-rtx', "
        f"options=EngineOptions(), folder=Path({str(tmp_path)!r}))); "
        "sys.exit('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_missing_is_told_with_the_next_step(tmp_path: Path) -> None:
    assert missing_builder("onnx") is None
    assert missing_builder("tensorrt-rtx") is None
    error = build_elsewhere(
        MissingRequirement("No GPU."), "tensorrt", EngineOptions(dla_core=0), tmp_path / "a.onnx"
    )
    assert error.exit_code == 3
    assert "copy both to the machine that will run the engine, such as a Jetson" in str(error)
    assert str(error).endswith("edgegan export a.onnx --target tensorrt --dla 0")
