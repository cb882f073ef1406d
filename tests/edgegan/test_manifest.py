"""The manifest: a round trip, and every way it can be wrong."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.domains import Domain
from edgegan.errors import ArtifactError
from edgegan.generator import GeneratorConfig
from edgegan.manifest import (
    IO,
    Delegate,
    Manifest,
    Parity,
    Precision,
    Source,
    Task,
    Tensor,
    check_hash,
    embedded_copy,
    embedded_task,
    manifest_path,
    read_manifest,
    sha256,
    tensor_of_rank,
    write_manifest,
)
from edgegan.selftest import record_selftest, selftest_input

CONTENT = b"an artifact"
# The keys that other programs read are settled; more may be added.
KEYS = {
    "schema",
    "file_sha256",
    "task",
    "generator",
    "io",
    "precision",
    "delegate",
    "selftest",
    "parity",
    "status",
    "params",
    "macs",
    "macs_literature",
    "size_bytes",
    "source",
    "options",
    "calibration",
    "tools",
    "created",
}


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "A2B-64x64-fp32.tflite"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def manifest() -> Manifest:
    tensor = Tensor(name="image", shape=(1, None, 64, 3), dtype="float32")
    return Manifest(
        file_sha256=hashlib.sha256(CONTENT).hexdigest(),
        task=Task(family="cyclegan", direction="A2B"),
        generator=GeneratorConfig(image_size=64, filters=2),
        io=IO(inputs=(tensor,), outputs=(replace(tensor, name="output"),)),
        precision=Precision(requested="fp32", obtained="fp32"),
        delegate=Delegate(name="XNNPACK", partitions=1, outside=("PAD",)),
        selftest=record_selftest(selftest_input((1, 8, 8, 3))),
        parity=Parity(
            images=16,
            source="emoji",
            psnr_min=60.5,
            psnr_median=70.0,
            ssim_median=0.999,
            max_lsb=1,
            share_over_2lsb=0.0,
            passed=True,
        ),
        status="verified",
        params=10,
        macs=20,
        macs_literature=None,
        size_bytes=len(CONTENT),
        source=Source(file="A2B.keras", sha256="ab"),
        options={"size": [64, 64]},
        tools={"tensorflow": "2.21.0"},
        created="2025-01-01T00:00:00+00:00",
    )


def test_round_trip(artifact: Path, manifest: Manifest) -> None:
    path = write_manifest(artifact, manifest)
    assert path == manifest_path(artifact)
    assert path.name == "A2B-64x64-fp32.tflite.json"
    assert read_manifest(artifact) == manifest


def test_round_trip_with_nothing_optional(artifact: Path, manifest: Manifest) -> None:
    bare = replace(
        manifest,
        task=None,
        generator=None,
        delegate=None,
        selftest=None,
        parity=None,
        source=None,
        status="unverified",
    )
    write_manifest(artifact, bare)
    assert read_manifest(artifact) == bare


def test_the_settled_keys_are_there(artifact: Path, manifest: Manifest) -> None:
    content = json.loads(write_manifest(artifact, manifest).read_text())
    assert set(content) >= KEYS
    assert set(content["io"]["inputs"][0]) >= {"name", "shape", "dtype", "layout", "range"}
    assert content["io"]["inputs"][0]["shape"] == [1, None, 64, 3]
    assert set(content["selftest"]) >= {"indices", "values", "label", "mean", "std", "atol"}


def test_no_manifest_is_none(artifact: Path) -> None:
    assert read_manifest(artifact) is None


def test_keys_of_later_versions_are_ignored(artifact: Path, manifest: Manifest) -> None:
    path = write_manifest(artifact, manifest)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "new": 1, "task": {**content["task"], "more": 2}}))
    assert read_manifest(artifact) == manifest


def test_a_parity_without_the_worst_image_is_read(artifact: Path, manifest: Manifest) -> None:
    path = write_manifest(artifact, manifest)
    content = json.loads(path.read_text())
    for key in ("min_psnr", "worst_image", "worst_domain"):
        del content["parity"][key]
    path.write_text(json.dumps(content))
    found = read_manifest(artifact)
    assert found is not None
    assert found.parity is not None
    assert (found.parity.min_psnr, found.parity.worst_image, found.parity.worst_domain) == (
        None,
        "",
        "",
    )


def test_an_unknown_schema_is_refused(artifact: Path, manifest: Manifest) -> None:
    write_manifest(artifact, replace(manifest, schema=2))
    with pytest.raises(ArtifactError, match="has schema 2; this version reads schema 1"):
        read_manifest(artifact)


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "{}", '{"schema": 1}', "\u00ff"])
def test_damaged_json_is_refused(artifact: Path, text: str) -> None:
    manifest_path(artifact).write_text(text, encoding="latin-1")
    with pytest.raises(ArtifactError, match=r"fp32\.tflite\.json"):
        read_manifest(artifact)


@pytest.mark.parametrize("key", ["io", "generator", "precision"])
@pytest.mark.parametrize("value", [3, "text", []])
def test_wrong_values_are_refused(
    artifact: Path, manifest: Manifest, key: str, value: object
) -> None:
    path = write_manifest(artifact, manifest)
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ArtifactError, match="is not a valid manifest"):
        read_manifest(artifact)


def test_a_generator_that_cannot_be_is_refused(artifact: Path, manifest: Manifest) -> None:
    path = write_manifest(artifact, manifest)
    content = json.loads(path.read_text())
    content["generator"]["padding"] = "mirror"
    path.write_text(json.dumps(content))
    with pytest.raises(ArtifactError, match=r"generator\.padding"):
        read_manifest(artifact)


def test_the_hash_must_fit(artifact: Path, manifest: Manifest) -> None:
    check_hash(artifact, manifest)
    artifact.write_bytes(CONTENT[:-1])
    with pytest.raises(ArtifactError, match="damaged or was changed"):
        check_hash(artifact, manifest)


def test_sha256_of_more_than_one_chunk(tmp_path: Path) -> None:
    data = bytes(range(256)) * 8193  # a little over 2 MiB
    (tmp_path / "x").write_bytes(data)
    assert sha256(tmp_path / "x") == hashlib.sha256(data).hexdigest()


@pytest.fixture
def multi_domain(manifest: Manifest) -> Manifest:
    """The manifest of a generator for CelebA's 40 domains and 20 more, with long names."""
    groups = ("hair", None, None, None)
    domains = tuple(
        Domain(name=f"Wearing_Necktie_{index:02}", group=groups[index % 4], default=index % 2)
        for index in range(60)
    )
    config = GeneratorConfig(family="stargan", padding="zero", domains=domains)
    task = Task(family="stargan", direction="G", domains=domains)
    label = Tensor(name="label", shape=(1, 60), dtype="float32", layout="NC", range=(0.0, 1.0))
    io = IO(inputs=(*manifest.io.inputs, label), outputs=manifest.io.outputs)
    return replace(manifest, task=task, generator=config, io=io)


def test_domains_round_trip(artifact: Path, multi_domain: Manifest) -> None:
    write_manifest(artifact, multi_domain)
    assert read_manifest(artifact) == multi_domain


def test_sixty_domains_fit_into_a_tensorrt_name(multi_domain: Manifest) -> None:
    copy = embedded_copy(multi_domain)
    assert len(f"edgegan:{copy}".encode()) <= 4095
    assert "domains" not in json.loads(copy)["generator"]
    assert embedded_task(copy) == multi_domain.task


@pytest.mark.parametrize(
    "copy", ["", "{", "[]", "{}", '{"schema": 1, "task": 3}', '{"schema": 2, "task": {}}', "3"]
)
def test_what_is_no_embedded_copy_has_no_task(copy: str, manifest: Manifest) -> None:
    assert embedded_task(copy) is None
    assert embedded_task(embedded_copy(manifest)) == manifest.task
    assert embedded_task(embedded_copy(replace(manifest, task=None, generator=None))) is None


def test_the_embedded_copy_is_the_same_for_the_same_input(manifest: Manifest) -> None:
    later = replace(manifest, created="2030-01-01", tools={"tensorflow": "9"}, options={})
    assert embedded_copy(later) == embedded_copy(manifest)
    content = json.loads(embedded_copy(manifest))
    assert set(content) == {"schema", "task", "io", "generator", "source_sha256"}
    assert content["source_sha256"] == "ab"
    assert len(embedded_copy(manifest)) <= 4096


@pytest.mark.parametrize(
    ("shape", "dtype", "layout", "limits"),
    [
        ((1, 8, 8, 3), "float32", "NHWC", (-1, 1)),
        ((4, 8, 6, 1), "uint8", "NHWC", (0, 255)),
        ((1, 3, 8, 8), "uint8", "NCHW", (0, 255)),
        ((None, 1, None, None), "float32", "NCHW", (-1, 1)),
        ((1, 3, 8, 3), "float32", "NHWC", (-1, 1)),
        ((None, 5), "float32", "NC", (0, 1)),
    ],
)
def test_a_tensor_found_in_a_network(
    shape: tuple[int | None, ...], dtype: str, layout: str, limits: tuple[float, float]
) -> None:
    tensor = tensor_of_rank("x", shape, dtype)
    assert (tensor.layout, tensor.range) == (layout, limits)
    assert (tensor.name, tensor.shape, tensor.dtype) == ("x", shape, dtype)
