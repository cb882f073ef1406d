"""`edgegan import` on the command line, with PyTorch's files read from NumPy arrays."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegan.manifest import read_manifest, sha256
from tests.edgegan.cli.command import Command
from tests.train.foreign_states import resnet_state, stargan_state


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose weights need no PyTorch: a CycleGAN, or a StarGAN if so named."""
    from edgegan.train.foreign import ForeignGenerator, ImportOptions
    from edgegan.train.foreign_torch import generator_from_tensors

    def read(path: Path, options: ImportOptions) -> ForeignGenerator:
        tensors = stargan_state(2, 3) if path.suffix == ".ckpt" else resnet_state(2, 1)
        return generator_from_tensors(tensors, path.name, options)

    monkeypatch.setattr("edgegan.train.foreign_torch.read_torch_generator", read)
    path = tmp_path / "latest_net_G_A.pth"
    path.write_bytes(b"weights")
    return path


def test_a_generator_is_written_with_what_is_known(
    command: Command, source: Path, tmp_path: Path
) -> None:
    output = tmp_path / "deep" / "zebra.keras"
    done = command("import", source, "-o", output, "--size", 16, "--licence", "BSD 2-clause")
    assert done.code == 0, done.err
    assert "PyTorch: resnet_1blocks, 2 filters, instance norm" in done.out
    assert f"Next: edgegan export {output}" in done.out
    assert "Not compared with PyTorch: PyTorch is not at hand." in done.err
    manifest = read_manifest(output)
    assert manifest is not None
    assert manifest.task is not None
    assert manifest.task.direction == "A2B"
    assert manifest.source is not None
    assert (manifest.source.file, manifest.source.sha256) == (source.name, sha256(source))
    assert manifest.options == {
        "weights": "float32",
        "framework": "PyTorch",
        "layout": "resnet_1blocks, 2 filters, instance norm",
        "max_abs_difference": None,
        "licence": "BSD 2-clause",
    }


def test_json_and_the_direction(command: Command, source: Path, tmp_path: Path) -> None:
    output = tmp_path / "G.keras"
    done = command("import", source, "-o", output, "--direction", "ba", "--size", 16, "--json")
    content = json.loads(done.out)
    assert (content["path"], content["max_abs_difference"]) == (str(output), None)
    manifest = read_manifest(output)
    assert manifest is not None
    assert manifest.task is not None
    assert manifest.task.direction == "B2A"


def test_the_name_tells_the_direction(command: Command, source: Path, tmp_path: Path) -> None:
    for stem, direction in (("latest_net_G_B", "B2A"), ("latest_net_G", "A2B")):
        output = tmp_path / f"{stem}.keras"
        source = source.rename(tmp_path / f"{stem}.pth")
        assert command("import", source, "-o", output, "--size", 16).code == 0
        manifest = read_manifest(output)
        assert manifest is not None
        assert manifest.task is not None
        assert manifest.task.direction == direction


def test_what_differs_from_its_source_is_not_written(
    command: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgegan.train import foreign_torch

    read = foreign_torch.read_torch_generator

    def off_by(difference: float) -> None:
        def differing(path: Path, options: Any) -> Any:
            found = read(path, options)

            def reference(images: Any, label: Any) -> Any:
                return found.model(images).numpy() + difference

            return replace(found, reference=reference)

        monkeypatch.setattr(foreign_torch, "read_torch_generator", differing)

    output = tmp_path / "G.keras"
    for difference in (0.002, float("nan")):
        off_by(difference)
        done = command("import", source, "-o", output, "--size", 16)
        assert (done.code, len(done.errors)) == (4, 1)
        assert "Nothing was written" in done.err
        assert not output.exists()
    off_by(0.0005)
    done = command("import", source, "-o", output, "--size", 16)
    assert done.code == 0
    assert "max abs difference 0.0005" in done.out


def test_a_stargan_tells_its_domains(command: Command, source: Path, tmp_path: Path) -> None:
    stargan = source.rename(tmp_path / "1-G.ckpt")
    output = tmp_path / "G.keras"
    domains = ("--domains", "hair:Black,hair:Blond,Male=1")
    done = command("import", stargan, "-o", output, "--size", 16, *domains)
    assert done.code == 0, done.err
    assert "Domains: " in done.out
    assert "Blond" in done.out
    done = command("import", stargan, "-o", output, "--force", "--direction", "ab")
    assert (done.code, "has no direction" in done.err) == (2, True)


def test_requests_that_cannot_be_right(command: Command, source: Path, tmp_path: Path) -> None:
    output = tmp_path / "G.keras"
    for arguments, text in (
        ((source, "-o", tmp_path / "G.h5"), "must be named .keras"),
        ((source, "-o", output, "--direction", "both"), "Unknown direction 'both'"),
        ((source, "-o", output, "--family", "pix2pix"), "Unknown family 'pix2pix'"),
        ((source, "-o", output, "--family", "stargan"), "of cyclegan, not of stargan"),
        ((source, "-o", output, "--domains", "a,a"), "a is given twice"),
        ((source, "-o", output, "--size", 18), "multiples of 4"),
        ((tmp_path / "none.pth", "-o", output), "does not exist"),
        ((tmp_path, "-o", output), "is of no kind that can be imported"),
    ):
        done = command("import", *arguments)
        assert (done.code, len(done.errors)) == (2, 1)
        assert text in done.err
    output.write_text("mine")
    assert "--force" in command("import", source, "-o", output).err
    assert output.read_text() == "mine"


def test_without_pytorch_the_extra_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "latest_net_G.pth"
    path.write_bytes(b"weights")
    done = command("import", path, "-o", tmp_path / "G.keras")
    assert done.code == 3
    assert "pip install 'edgegan[torch-import]'" in done.err
