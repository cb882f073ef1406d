"""`edgegan verify`, from files to the exit code and the manifest."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.cli import main
from edgegan.images import load_image, save_image
from edgegan.manifest import Parity, manifest_path, read_manifest, write_manifest
from tests.edgegan.cli.command import Command
from tests.export.generators import SIZE, saved, saved_stargan

PLAIN, QUANTIZED = f"A2B-{SIZE}x{SIZE}-fp32.onnx", f"A2B-{SIZE}x{SIZE}-int8-dynamic.tflite"
LARGE, MULTI = f"A2B-{2 * SIZE}x{2 * SIZE}-fp32.onnx", f"G-{SIZE}x{SIZE}-fp32.onnx"
BAKED = f"G_Male0-{SIZE}x{SIZE}-fp32.onnx"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export tiny generators without a gate, so that nothing is verified yet."""
    folder = tmp_path_factory.mktemp("made")
    plain, multi = saved(folder), saved_stargan(folder)
    for generator, *options in (
        (plain, "-t", "onnx"),
        (plain, "-t", "onnx", "--size", str(2 * SIZE)),
        (plain, "-t", "tflite", "--precision", "int8-dynamic"),
        (multi, "-t", "onnx"),
        (multi, "-t", "onnx", "--bake-domain", "Male=0"),
    ):
        with pytest.raises(SystemExit, match="0"):
            main(["export", str(generator), *options, "--parity", "off"])
    return folder


@pytest.fixture
def files(made: Path, tmp_path: Path) -> Path:
    """Copy them, so that a test may change manifests."""
    return Path(shutil.copytree(made, tmp_path / "files"))


def status(path: Path) -> tuple[str, Parity | None]:
    manifest = read_manifest(path)
    assert manifest is not None
    return manifest.status, manifest.parity


def test_what_was_unverified_is_completed_by_its_source(command: Command, files: Path) -> None:
    candidate, sheet = files / PLAIN, files / "sheets" / "s.png"
    done = command("verify", files / "A2B.keras", candidate, "--sheet", sheet)
    assert done.code == 0
    for text in ("PSNR, median", ">= 60 dB", "<= 1/255", f"Wrote {sheet}", "edgegan bench"):
        assert text in done.out
    assert 'now has the status "verified"' in done.out
    state, parity = status(candidate)
    assert state == "verified"
    assert parity is not None
    assert (parity.passed, parity.source) == (True, "emoji testA, reference A2B.keras")
    assert load_image(sheet).shape[1] > 4 * 128


def test_a_failing_run_says_what_failed_and_a_later_one_can_pass(
    command: Command, files: Path
) -> None:
    reference, candidate = files / "A2B.keras", files / QUANTIZED
    before = json.loads(manifest_path(candidate).read_text())
    manifest_path(candidate).write_text(json.dumps({**before, "later_key": 1}))
    failed = command("verify", reference, candidate, "--min-psnr", "98")
    assert failed.code == 4
    assert "Worst image" in failed.errors[0]
    assert "expected median >= 98 dB" in failed.errors[0]
    state, parity = status(candidate)
    assert state == "failed"
    assert parity is not None
    assert not parity.passed
    assert command("verify", reference, candidate, "--min-psnr", "10").code == 0
    assert status(candidate)[0] == "verified"
    assert command("verify", reference, candidate, "--min-psnr", "98").code == 4
    assert status(candidate)[0] == "verified"  # what was verified stays so
    after = json.loads(manifest_path(candidate).read_text())
    same = {key for key in before if before[key] == after[key]}
    assert set(before) - same == {"parity", "status"}
    assert after["later_key"] == 1


def test_json_is_the_parity_object_alone(command: Command, files: Path) -> None:
    done = command("verify", files / PLAIN, files / QUANTIZED, "--json", "--min-psnr", "98")
    assert done.code == 4
    content = json.loads(done.out)
    assert set(content) == set(Parity.__dataclass_fields__)
    assert (content["passed"], content["images"], content["min_psnr"]) == (False, 16, 98)


def test_only_a_verified_fp32_file_of_the_same_source_stands_in_for_it(
    command: Command, files: Path
) -> None:
    reference, candidate = files / PLAIN, files / QUANTIZED
    options = ("--min-psnr", "10")
    assert command("verify", reference, candidate, *options).code == 0
    assert status(candidate) == ("unverified", None)
    manifest = read_manifest(reference)
    assert manifest is not None
    write_manifest(reference, replace(manifest, status="verified"))
    assert command("verify", reference, candidate, *options).code == 0
    assert status(candidate)[0] == "verified"


def test_every_domain_is_compared_and_a_baked_one_in_its_own(command: Command, files: Path) -> None:
    done = command("verify", files / "G.keras", files / MULTI)
    assert done.code == 0
    assert "worst domain" in done.out
    assert "reference G.keras, 3 domains" in done.out
    assert status(files / MULTI)[0] == "verified"
    baked = command("verify", files / MULTI, files / BAKED)
    assert baked.code == 0
    assert "as Male=0" in baked.out
    assert status(files / BAKED)[0] == "verified"


def test_one_domain_does_not_verify_a_file_of_several(command: Command, files: Path) -> None:
    manifest = read_manifest(files / BAKED)
    assert manifest is not None
    write_manifest(files / BAKED, replace(manifest, status="verified"))
    assert command("verify", files / BAKED, files / MULTI).code == 0
    assert status(files / MULTI)[0] == "unverified"


def test_keras_runs_at_the_candidates_size_and_a_fixed_file_does_not(
    command: Command, files: Path
) -> None:
    assert command("verify", files / "A2B.keras", files / LARGE).code == 0
    refused = command("verify", files / PLAIN, files / LARGE)
    assert (refused.code, "which runs at any size" in refused.err) == (2, True)


def test_a_folder_with_a_bad_image(command: Command, files: Path, photos: Path) -> None:
    done = command("verify", files / PLAIN, files / QUANTIZED, "--images", photos)
    assert done.code == 0
    assert "Compared on 1 images" in done.out
    assert "Skipped 1 file(s)" in done.err


def test_without_a_manifest_the_threshold_is_said(command: Command, files: Path) -> None:
    manifest_path(files / QUANTIZED).unlink()
    done = command("verify", files / PLAIN, files / QUANTIZED)
    assert "the threshold is that of int8-dynamic" in done.err
    assert ">= 34 dB" in done.out
    named = command("verify", files / PLAIN, files / QUANTIZED, "--precision", "int8")
    assert ("threshold is" in named.err, ">= 30 dB" in named.out) == (False, True)
    assert command("verify", files / PLAIN, files / QUANTIZED, "--precision", "int9").code == 2


def test_a_selftest_that_fails_is_told_before_any_image(command: Command, files: Path) -> None:
    manifest = read_manifest(files / PLAIN)
    assert manifest is not None
    assert manifest.selftest is not None
    wrong = replace(manifest.selftest, values=(0.5,) * 64)
    write_manifest(files / PLAIN, replace(manifest, selftest=wrong))
    done = command("verify", files / "A2B.keras", files / PLAIN)
    assert (done.code, "gives wrong results here" in done.err) == (4, True)
    assert status(files / PLAIN)[0] == "unverified"


def test_artifacts_are_compared_without_tensorflow(made: Path, tmp_path: Path) -> None:
    save_image(tmp_path / "one.png", np.full((SIZE, SIZE, 3), 90, np.uint8))
    code = f"""
import sys
from edgegan.cli import main
try:
    main(["verify", {str(made / PLAIN)!r}, {str(made / QUANTIZED)!r}, "--images", {str(tmp_path)!r},
          "--min-psnr", "10", "--json"])
except SystemExit as end:
    assert not end.code, end.code
assert not {{"tensorflow", "tf_keras"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
