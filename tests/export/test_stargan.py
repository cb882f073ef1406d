"""A multi-domain generator in every format: each domain as Keras translates to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.cli import main
from edgegan.domains import encode, every_domain
from edgegan.errors import UsageError
from edgegan.export.exported import Exported
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import check_jobs, export_generator
from edgegan.export.targets import ExportSpec
from edgegan.image_metrics import max_lsb, psnr
from edgegan.manifest import Task, manifest_path, read_manifest
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.engine import Engine
from edgegan.runtime.tflite_graph import open_interpreter
from tests.export.generators import DOMAINS, SIZE, noise, saved_stargan

KINDS = (("tflite", "fp32"), ("tflite", "fp16"), ("tflite", "int8-dynamic"), ("onnx", "fp32"))
Artifacts = dict[tuple[str, str, str | None], Exported]
BAKED_KINDS = (KINDS[0], KINDS[2], KINDS[3])
BAKED = "Blond_Hair=1,Male=0"


def spec(target: str, precision: str = "fp32", bake: str | None = None) -> ExportSpec:
    return ExportSpec(target=target, precision=precision, size=(SIZE, SIZE), bake=bake)


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_stargan(tmp_path_factory.mktemp("stargan"))


@pytest.fixture(scope="module")
def reference(generator: Path) -> Engine:
    return edgegan.load(generator)


@pytest.fixture(scope="module")
def exported(generator: Path) -> Artifacts:
    """Export in every kind, with an open label and with a baked one."""
    keys = [*((*kind, None) for kind in KINDS), *((*kind, BAKED) for kind in BAKED_KINDS)]
    job = ExportJob(
        generator=generator,
        specs=[spec(*key) for key in keys],
        parity=parity_images("emoji", "G"),
    )
    results = export_generator(job, ExportOptions(folder=generator.parent))
    return dict(zip(keys, results, strict=True))


@pytest.mark.parametrize(("target", "precision"), KINDS)
def test_every_domain_is_as_in_keras(
    reference: Engine,
    exported: Artifacts,
    target: str,
    precision: str,
) -> None:
    result = exported[target, precision, None]
    assert result.status == "verified"
    engine = edgegan.load(result.path)
    image = parity_images("emoji", "G").images[5]
    seen = []
    for _, label in every_domain(DOMAINS):
        got, expected = engine(image, label), reference(image, label)
        assert psnr(got, expected) >= {"fp32": 60, "fp16": 45, "int8-dynamic": 28}[precision]
        assert max_lsb(got, expected) <= {"fp32": 1, "fp16": 3, "int8-dynamic": 60}[precision]
        seen.append(engine.run(noise(), label=label))
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(seen[first] - seen[second]).max() > 0.05  # the label matters


@pytest.mark.parametrize(("target", "precision"), KINDS)
def test_the_manifest_tells_the_domains_and_the_gate_covers_them(
    exported: Artifacts, target: str, precision: str
) -> None:
    result = exported[target, precision, None]
    manifest = read_manifest(result.path)
    assert manifest is not None
    assert result.path.stem == f"G-{SIZE}x{SIZE}-{precision}"
    assert manifest.task == Task(family="stargan", direction="G", domains=DOMAINS)
    label = manifest.io.inputs[1]
    assert (label.name, label.shape, label.layout, label.range) == ("label", (1, 3), "NC", (0, 1))
    assert manifest.precision.obtained == precision
    assert manifest.selftest is not None
    assert manifest.selftest.label == (1, 0, 1)
    assert manifest.parity is not None
    assert manifest.parity.images == 16
    assert manifest.parity.source == "emoji testA, reference Keras, 3 domains"
    if target == "tflite":
        assert manifest.delegate is not None
        assert (manifest.delegate.partitions, manifest.delegate.outside) == (1, ())


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8-dynamic"])
def test_tflite_has_image_and_label_in_order_and_one_signature(
    exported: Artifacts, precision: str
) -> None:
    interpreter = open_interpreter(exported["tflite", precision, None].path, threads=1)
    shapes = [d["shape_signature"].tolist() for d in interpreter.get_input_details()]
    assert shapes == [[1, SIZE, SIZE, 3], [1, 3]]
    assert interpreter.get_signature_list() == {
        "generate": {"inputs": ["image", "label"], "outputs": ["output"]}
    }


@pytest.mark.parametrize(("target", "precision"), BAKED_KINDS)
def test_a_baked_file_takes_the_image_alone(
    reference: Engine,
    exported: Artifacts,
    target: str,
    precision: str,
) -> None:
    result = exported[target, precision, BAKED]
    assert (result.status, result.path.stem) == (
        "verified",
        f"G_Blond_Hair_Male0-{SIZE}x{SIZE}-{precision}",
    )
    manifest = result.manifest
    assert manifest is not None
    assert manifest.task == Task(family="stargan", direction=BAKED)
    assert len(manifest.io.inputs) == 1
    assert manifest.precision.obtained == precision
    if target == "tflite":
        assert manifest.delegate is not None
        assert (manifest.delegate.partitions, manifest.delegate.outside) == (1, ())
    engine = edgegan.load(result.path)
    assert len(engine.info.io.inputs) == 1
    label = encode(DOMAINS, {"Blond_Hair": True, "Male": False})
    expected = reference.run(noise(), label=label)
    limit = {"fp32": 1e-4, "int8-dynamic": 0.3}[precision]
    np.testing.assert_allclose(engine.run(noise()), expected, atol=limit)
    if precision == "fp32":
        unbaked = edgegan.load(exported[target, precision, None].path)
        np.testing.assert_allclose(
            engine.run(noise()), unbaked.run(noise(), label=label), atol=1e-4
        )


def test_a_tensorrt_engine_is_built_with_a_label_and_baked(generator: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx")
    specs = [spec("tensorrt-rtx"), spec("tensorrt-rtx", bake="Male=0")]
    job = ExportJob(generator=generator, specs=specs, parity=None)
    results = export_generator(job, ExportOptions(folder=tmp_path))
    assert [result.status for result in results] == ["unverified", "unverified"]
    assert b'{"group":"hair","name":"Blond_Hair"}' in results[0].path.read_bytes()
    assert b'"direction":"Male=0"' in results[1].path.read_bytes()


@pytest.mark.parametrize("target", ["tflite", "onnx"])
def test_a_file_without_its_manifest_knows_its_domains(
    exported: Artifacts, target: str, tmp_path: Path
) -> None:
    source = exported[target, "fp32", None].path
    alone = tmp_path / source.name
    alone.write_bytes(source.read_bytes())
    assert not manifest_path(alone).exists()
    engine = edgegan.load(alone)
    assert engine.manifest is None
    assert engine.info.task == Task(family="stargan", direction="G", domains=DOMAINS)
    image = parity_images("emoji", "G").images[0]
    # Black_Hair and Male are the defaults.
    np.testing.assert_array_equal(engine(image), engine(image, np.array([1, 0, 1], np.float32)))


def test_a_generator_without_a_manifest_is_verified_on_every_entry(
    generator: Path, tmp_path: Path
) -> None:
    path = tmp_path / "foreign.keras"
    path.write_bytes(generator.read_bytes())
    job = ExportJob(
        generator=path, specs=[spec("tflite")], parity=parity_images("emoji-styles", "G")
    )
    (result,) = export_generator(job, ExportOptions(folder=tmp_path))
    assert result.manifest is not None
    assert (result.status, result.manifest.task) == ("verified", None)
    assert result.manifest.parity is not None
    assert result.manifest.parity.source == "emoji-styles test, reference Keras, 3 domains"


def test_all_can_be_timed(exported: Artifacts) -> None:
    paths = [exported[target, "fp32", None].path for target in ("tflite", "onnx")]
    session = bench(paths, BenchSettings(min_time_s=0.05, warmup_time_s=0.05, rounds=1))
    assert not session.failures
    for result in session.results:
        assert not [flag for flag in result.flags if "output" in flag or "self-test" in flag]


def test_two_choices_of_one_name_are_refused(generator: Path, tmp_path: Path) -> None:
    specs = [spec("onnx", bake="Male=1"), spec("onnx", bake="Male=1")]
    job = ExportJob(generator=generator, specs=specs, parity=None)
    with pytest.raises(UsageError, match="Two artifacts would be named G_Male-16x16-fp32"):
        check_jobs([job], ExportOptions(folder=tmp_path))


def test_a_domain_that_is_wrong_in_the_file_fails_the_gate(
    generator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegan.export.pipeline.choice_label", lambda *_: np.zeros(3, np.float32))
    job = ExportJob(
        generator=generator,
        specs=[spec("onnx", bake="Male=0")],
        parity=parity_images("emoji", "G"),
    )
    (result,) = export_generator(job, ExportOptions(folder=tmp_path))
    assert "failed its parity gate" in str(result.error)


def run_cli(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    return int(end.value.code or 0)


def test_bake_domain_makes_one_file_each(
    generator: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bakes = ("--bake-domain", "Male", "--bake-domain", "Blond_Hair=1,Male=0")
    code = run_cli("export", generator, "-t", "onnx", *bakes, "--parity", "off", "-o", tmp_path)
    assert code == 0
    assert sorted(path.name for path in tmp_path.glob("*.onnx")) == [
        "G_Blond_Hair_Male0-16x16-fp32.onnx",
        "G_Male-16x16-fp32.onnx",
    ]
    for bad, words in (("Mal", "Did you mean 'Male'"), ("Male=x", "0 or 1")):
        assert run_cli("export", generator, "-t", "onnx", "--bake-domain", bad) == 2
        assert words in capsys.readouterr().err
