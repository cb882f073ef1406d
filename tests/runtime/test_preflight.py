from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import edgegan
from edgegan.errors import EdgeganError, IncompatibleArtifact, MissingRequirement, UsageError
from edgegan.manifest import Manifest, Source, write_manifest
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.preflight import (
    Built,
    built,
    check_device,
    check_version,
    this_platform,
)
from edgegan.runtime.tensorrt import Backend, open_plan
from tests.runtime.fake_cuda import FakeCudart
from tests.runtime.fake_rtx import EngineValidity, FakeRtx
from tests.runtime.fake_tensorrt import FakeTensorRT, plan_bytes
from tests.runtime.models import describe
from tests.runtime.test_rtx import engine_bytes

ENGINE = Path("a.engine")


def plan(
    folder: Path, suffix: str = ".engine", capability: str = "8.7", **options: Any
) -> tuple[Path, Manifest]:
    """Write a plan of TensorRT 10.3.0 for 8.7, with a manifest that tells so."""
    path = folder / f"a{suffix}"
    path.write_bytes(plan_bytes() if suffix == ".engine" else engine_bytes())
    manifest = replace(
        describe(path),
        options={"size": [64, 128], "batch": 2, **options},
        tools={"tensorrt": "10.3.0", "compute capability": capability},
        source=Source(file="A2B.keras", sha256="0"),
    )
    write_manifest(path, manifest)
    return path, manifest


def test_a_manifest_tells_what_a_plan_was_built_for(tmp_path: Path) -> None:
    assert built(*plan(tmp_path)) == Built(
        version="10.3.0",
        compute_capabilities=("8.7",),
        command="edgegan export A2B.keras --target tensorrt --precision fp32 --size 64x128 "
        "--batch 2",
    )


def test_how_an_engine_was_built_is_told_too(tmp_path: Path) -> None:
    engine = {
        "batches": [1, 4, 8],
        "dla_core": 0,
        "hardware": "ampere+",
        "version_compatible": True,
        "refit": True,
    }
    path, manifest = plan(tmp_path, engine=engine)
    given = replace(
        manifest,
        tools={**manifest.tools, "platform": "linux-aarch64"},
        source=Source(file="A2B-64x64-fp16.onnx", sha256="0"),
    )
    facts = built(path, given)
    assert (facts.hardware, facts.version_compatible) == ("ampere+", True)
    assert facts.platform == "linux-aarch64"
    assert facts.command == (
        "edgegan export A2B-64x64-fp16.onnx --target tensorrt --dynamic 1:4:8 --dla 0 "
        "--hw-compat ampere+ --version-compatible --refit"
    )


def test_options_that_were_not_set_are_left_out_of_the_command(tmp_path: Path) -> None:
    unset = {"batches": None, "dla_core": None, "hardware": "none", "refit": False}
    path, manifest = plan(tmp_path, engine=unset)
    assert built(path, manifest).command.endswith("--size 64x128 --batch 2")


def test_the_header_of_an_rtx_engine_tells_too(tmp_path: Path) -> None:
    path, _ = plan(tmp_path, ".rtx")
    facts = built(path, None)
    assert (facts.version, facts.compute_capabilities) == ("1.7.1.116", ("8.6", "8.9", "12.0"))
    assert facts.command == "edgegan export GENERATOR --target tensorrt-rtx"


def test_the_command_has_what_the_plan_was_made_with(tmp_path: Path) -> None:
    path, manifest = plan(tmp_path, batch=1, bake_domain="Blond_Hair=1")
    calibrated = replace(manifest, calibration={"data": "emoji"})
    assert built(path, calibrated).command.endswith(
        "--size 64x128 --bake-domain 'Blond_Hair=1' --calib emoji"
    )


@pytest.mark.parametrize(
    ("version", "installed", "compatible", "runs"),
    [
        ("10.3.0", "10.3.0", False, True),
        ("10.3.0", "10.3.0.26", False, True),
        ("10.3.0.26", "10.3.0.30", False, False),
        ("10.3.0", "10.13.3", False, False),
        ("10.3.0", "10.13.3", True, True),
        ("10.3.0", "11.4.0", True, False),
        ("", "11.4.0", False, True),
    ],
)
def test_releases(version: str, installed: str, compatible: bool, runs: bool) -> None:
    facts = Built(version=version, version_compatible=compatible, command="build it")
    expected = None if runs else IncompatibleArtifact
    assert error_of(lambda: check_version(ENGINE, facts, "tensorrt", installed)) is expected


@pytest.mark.parametrize(
    ("capabilities", "compat", "capability", "runs"),
    [
        (("8.7",), "none", "8.7", True),
        (("8.7",), "none", "8.6", False),
        (("8.6", "8.9"), "same-cc", "8.9", True),
        (("8.0",), "ampere+", "12.0", True),
        (("8.0",), "ampere+", "7.5", False),
        ((), "none", "7.5", True),
    ],
)
def test_gpus(capabilities: tuple[str, ...], compat: str, capability: str, runs: bool) -> None:
    facts = Built(compute_capabilities=capabilities, hardware=compat)
    expected = None if runs else IncompatibleArtifact
    assert error_of(lambda: check_device(ENGINE, facts, capability)) is expected


def test_platforms() -> None:
    check_version(ENGINE, Built(platform=this_platform()), "tensorrt", "10.3.0")
    with pytest.raises(
        IncompatibleArtifact, match=f"built for linux-sparc; this is {this_platform()}"
    ):
        check_version(ENGINE, Built(platform="linux-sparc"), "tensorrt", "10.3.0")


def error_of(check: Any) -> type[EdgeganError] | None:
    try:
        check()
    except EdgeganError as error:
        return type(error)
    return None


def open_on_the_fakes(path: Path, manifest: Manifest | None, version: str = "10.3.0") -> Any:
    library = FakeCudart()
    backend = Backend(name="tensorrt", trt=FakeTensorRT(library, version))
    facts = built(path, manifest)
    return open_plan(path, backend, facts, manifest=manifest, device="cuda:0", cuda=Cuda(library))


def test_a_plan_that_fits_is_opened(tmp_path: Path) -> None:
    engine = open_on_the_fakes(*plan(tmp_path))
    assert engine.info.precision == "fp32"


def test_a_mismatch_is_exit_6_with_the_command_and_before_deserialising(tmp_path: Path) -> None:
    path, manifest = plan(tmp_path)
    path.write_bytes(b"TensorRT would choke on this")
    with pytest.raises(IncompatibleArtifact) as caught:
        open_on_the_fakes(path, manifest, "10.13.3")
    assert caught.value.exit_code == 6
    assert str(caught.value) == (
        f"{path} was built by tensorrt 10.3.0, and 10.13.3 is installed: a release runs only its "
        "own engines. Build it again on this machine: edgegan export A2B.keras --target tensorrt "
        "--precision fp32 --size 64x128 --batch 2"
    )
    with pytest.raises(IncompatibleArtifact, match=r"capability 8\.9; this one has 8\.7\. Build"):
        open_on_the_fakes(*plan(tmp_path, capability="8.9"))


def test_an_rtx_engine_for_other_gpus_is_built_again_for_this_one(tmp_path: Path) -> None:
    path, manifest = plan(tmp_path, ".rtx")
    rtx = FakeRtx(FakeCudart(), "1.7.1.116")
    rtx.validity = (EngineValidity.INVALID, 2)
    backend = Backend(name="tensorrt-rtx", trt=rtx)
    facts, cuda = built(path, manifest), Cuda(rtx.library)
    with pytest.raises(IncompatibleArtifact, match=r" --batch 2 --compute-capability 8\.7$"):
        open_plan(path, backend, facts, manifest=manifest, device="cuda", cuda=cuda)


@pytest.mark.parametrize("device", ["cpu", "cuda:1", "cuda:x", "gpu"])
def test_other_devices_are_refused(tmp_path: Path, device: str) -> None:
    path, manifest = plan(tmp_path)
    library = FakeCudart()
    backend = Backend(name="tensorrt", trt=FakeTensorRT(library))
    facts, cuda = built(path, manifest), Cuda(library)
    with pytest.raises(UsageError, match=f"runs on cuda:0 here; got device '{device}'"):
        open_plan(path, backend, facts, manifest=manifest, device=device, cuda=cuda)


@pytest.mark.parametrize("suffix", [".engine", ".rtx"])
def test_a_plan_without_a_manifest_is_not_loaded(tmp_path: Path, suffix: str) -> None:
    path, _ = plan(tmp_path, suffix)
    (tmp_path / f"a{suffix}.json").unlink()
    with pytest.raises(UsageError, match=rf"no manifest \(a{suffix}\.json\).*--trust"):
        edgegan.load(path)


@pytest.mark.skipif(find_spec("tensorrt") is not None, reason="TensorRT is installed")
def test_without_tensorrt_it_is_a_missing_requirement(tmp_path: Path) -> None:
    path, _ = plan(tmp_path)
    with pytest.raises(MissingRequirement, match=r"edgegan\[tensorrt\]"):
        edgegan.load(path)
