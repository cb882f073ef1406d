"""Imported generators against PyTorch: `make test-torch`.

PyTorch's networks are written from the specification, and load the state dicts strictly, so
that PyTorch decides which tensor belongs where.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.cli import main
from edgegan.domains import declare_domains
from edgegan.errors import ArtifactError, ParityError
from edgegan.manifest import read_manifest, sha256
from edgegan.selftest import selftest_input
from edgegan.train.foreign import ForeignGenerator, ImportOptions
from edgegan.train.foreign_import import compare, import_generator, read_foreign
from tests.train.foreign_states import Tensors, resnet_state, stargan_state, weight_count

torch = pytest.importorskip("torch", reason="needs PyTorch: make test-torch")

from edgegan.train.foreign_torch_reference import resnet, stargan, torch_reference  # noqa: E402
from edgegan.train.foreign_torch_resnet import resnet_layout  # noqa: E402
from edgegan.train.foreign_torch_stargan import stargan_config  # noqa: E402
from tests.train import torch_networks, torch_stargan  # noqa: E402

FULL = {
    "resnet_9blocks": resnet_state(64, 9),
    "resnet_6blocks": resnet_state(64, 6),
    "resnet_9blocks, batch norm": resnet_state(64, 9, norm="batch"),
    "resnet_9blocks, dropout": resnet_state(64, 9, dropout=True),
    "resnet_9blocks, before PyTorch 0.4": resnet_state(64, 9, norm="old"),
    "CUT": resnet_state(64, 9, blur=True),
    "StarGAN": stargan_state(64, blocks=6),
}
TINY = {
    "6 blocks of 8 filters": resnet_state(8, 6),
    "batch norm, dropout": resnet_state(norm="batch", dropout=True),
    "gray": resnet_state(channels=1),
    "CUT, batch norm": resnet_state(norm="batch", blur=True),
    "StarGAN, 3 entries": stargan_state(8, entries=3, blocks=2),
}


def write(folder: Path, tensors: Tensors, name: str = "latest_net_G.pth", prefix: str = "") -> Path:
    """Save a state dict as the reference implementations do."""
    path = folder / name
    torch.save({prefix + key: torch.from_numpy(value) for key, value in tensors.items()}, path)
    return path


def read(path: Path, size: int | None = None) -> ForeignGenerator:
    return read_foreign(path, ImportOptions(size=size))


def pytorch_output(tensors: Tensors, size: int) -> Any:
    """Translate the self-test's image by PyTorch alone; a label has its first entry set."""
    stem = next(iter(tensors.values())).shape[1]
    if "main.0.weight" in tensors:
        domains = declare_domains(",".join(f"d{i}" for i in range(stem - 3)))
        network = stargan(stargan_config(tensors, "", size, domains))
        label = np.eye(1, stem - 3, dtype=np.float32)
        return torch_reference(network, tensors)(selftest_input((1, size, size, 3)), label)
    network = resnet(resnet_layout(tensors, "", size))
    return torch_reference(network, tensors)(selftest_input((1, size, size, stem)), None)


@pytest.mark.parametrize("name", FULL)
def test_outputs_at_full_size_are_those_of_pytorch(name: str, tmp_path: Path) -> None:
    foreign = read(write(tmp_path, FULL[name]))
    size = 128 if name == "StarGAN" else 256
    assert foreign.model.inputs[0].shape == (None, size, size, 3)
    difference = compare(foreign)
    assert difference is not None
    assert difference <= 1e-4
    assert 0.05 < pytorch_output(FULL[name], size).std() < 0.95  # neither gray nor saturated


@pytest.mark.parametrize("name", TINY)
def test_small_ones_of_every_kind(name: str, tmp_path: Path) -> None:
    difference = compare(read(write(tmp_path, TINY[name]), 32))
    assert difference is not None
    assert difference <= 2e-5


def test_parameter_counts_are_the_references(tmp_path: Path) -> None:
    assert weight_count(FULL["resnet_9blocks"]) == 11_378_179
    assert weight_count(FULL["resnet_6blocks"]) == 7_837_699
    assert weight_count(FULL["StarGAN"]) == 8_430_528
    for name, count in (("resnet_9blocks", 11_378_179), ("resnet_6blocks", 7_837_699)):
        network = resnet(resnet_layout(FULL[name], name, None))
        assert sum(p.numel() for p in network.parameters()) == count
    foreign = read(write(tmp_path, FULL["StarGAN"]))
    assert foreign.model.count_params() == 8_430_528


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_prefixes_of_wrappers_are_taken_off(prefix: str, tmp_path: Path) -> None:
    plain = read(write(tmp_path, TINY["gray"]), 32)
    wrapped = read(write(tmp_path, TINY["gray"], prefix=prefix), 32)
    for ours, theirs in zip(wrapped.model.get_weights(), plain.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_format_before_zip_files_and_half_weights_are_read(tmp_path: Path) -> None:
    path = tmp_path / "G.pth"
    halves = {key: torch.from_numpy(value).half() for key, value in TINY["gray"].items()}
    torch.save(halves, path, _use_new_zipfile_serialization=False)
    difference = compare(read(path, 32))
    assert difference is not None
    assert difference <= 2e-5


def test_our_resnet_in_pytorch_is_the_one_that_training_is_tested_with() -> None:
    tensors = resnet_state(8, 3)
    ours = torch_reference(resnet(resnet_layout(tensors, "", None)), tensors)
    theirs = torch_networks.generator(8, 3)
    with torch.no_grad():
        for parameter, value in zip(theirs.parameters(), tensors.values(), strict=True):
            parameter.copy_(torch.from_numpy(value))
        image = selftest_input((1, 32, 32, 3))
        expected = theirs(torch.from_numpy(image.transpose(0, 3, 1, 2).copy()))
    got = ours(image, None).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(got, expected.numpy(), atol=1e-6)


def test_our_stargan_in_pytorch_is_the_one_that_training_is_tested_with() -> None:
    tensors = stargan_state(8, entries=3, blocks=2)
    ours = torch_reference(stargan(stargan_config(tensors, "", 32, None)), tensors)
    theirs = torch_stargan.Generator(3, 8, 2)
    trained = [value for key, value in tensors.items() if key.endswith((".weight", ".bias"))]
    with torch.no_grad():
        for parameter, value in zip(theirs.parameters(), trained, strict=True):
            parameter.copy_(torch.from_numpy(value))
        image, label = selftest_input((1, 32, 32, 3)), np.array([[1, 0, 1]], np.float32)
        inputs = torch.from_numpy(image.transpose(0, 3, 1, 2).copy()), torch.from_numpy(label)
        expected = theirs(*inputs).numpy()
    np.testing.assert_allclose(ours(image, label).transpose(0, 3, 1, 2), expected, atol=1e-6)


@pytest.mark.parametrize("name", [*FULL, *TINY])
def test_pytorch_has_every_tensor_of_the_states(name: str) -> None:
    tensors = {**FULL, **TINY}[name]
    if "main.0.weight" in tensors:
        network = stargan(stargan_config(tensors, "", None, None))
    else:
        network = resnet(resnet_layout(tensors, "", None))
    has = network.state_dict().keys()
    assert {key for key in tensors if not key.endswith(("mean", "var", "tracked"))} <= has
    assert has <= tensors.keys()


def test_the_command_writes_a_generator_that_says_where_it_is_from(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path, resnet_state(), "latest_net_G_B.pth")
    licence = tmp_path / "LICENSE"
    licence.write_text("BSD")
    output = tmp_path / "zebra.keras"
    command = ["import", str(source), "-o", str(output), "--size", "32", "--licence", str(licence)]
    with pytest.raises(SystemExit) as end:
        main(command)
    assert end.value.code == 0
    printed = capfd.readouterr().out
    assert "PyTorch: resnet_2blocks, 4 filters, instance norm" in printed
    assert "Compared with PyTorch: max abs difference" in printed
    manifest = read_manifest(output)
    assert manifest is not None
    assert manifest.task is not None
    assert (manifest.task.family, manifest.task.direction) == ("cyclegan", "B2A")
    assert manifest.source is not None
    assert (manifest.source.file, manifest.source.sha256) == (source.name, sha256(source))
    assert manifest.options["licence"] == "BSD"
    assert 0 <= manifest.options["max_abs_difference"] <= 2e-5


def test_a_stargan_gets_its_domains(tmp_path: Path) -> None:
    source = write(tmp_path, stargan_state(entries=8), "200000-G.ckpt")
    domains = declare_domains("Black,Blond,Brown;mood::happy,mood::sad,mood::calm")
    options = ImportOptions(size=32, domains=domains)
    done = import_generator(source, tmp_path / "G.keras", options)
    assert done.difference is not None
    assert done.difference <= 2e-5
    assert done.manifest.task is not None
    assert done.manifest.task.domains == domains
    assert done.manifest.task.direction == "G"


def test_nothing_is_written_if_the_outputs_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegan.train.foreign_import.LARGEST_DIFFERENCE", -1.0)
    source = write(tmp_path, resnet_state())
    with pytest.raises(ParityError, match="Nothing was written"):
        import_generator(source, tmp_path / "G.keras", ImportOptions(size=32))
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


class Planted:
    """Leaves a file behind if it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_runs_no_code(zipped: bool, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    content = {"model.1.weight": torch.zeros(2), "more": Planted(trace)}
    path = tmp_path / "latest_net_G.pth"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ArtifactError, match=r"posix\.mkdir would have to be called, which can run"):
        read(path)
    assert not trace.exists()
    torch.load(path, weights_only=False)
    assert trace.exists()  # so it would have


def refusals(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Write files that are refused, one after the other, with what is said of each."""
    path = tmp_path / "file.pth"
    torch.save(torch.nn.Conv2d(1, 1, 1), path)
    yield path, "holds a whole network"
    weight = torch.nn.Parameter(torch.zeros(2))
    torch.save(torch.optim.Adam([weight]).state_dict(), path)
    yield path, "the state of an optimiser"
    torch.save({"G": {"a": weight.data}, "D": {}}, path)
    yield path, r"several networks or parts in one file \(G, D\)"
    torch.save([1, 2], path)
    yield path, "a list, not a dictionary of tensors"
    torch.save({"epoch": 3}, path)
    yield path, r"a dictionary that holds more than tensors \(epoch\)"
    for content in (b"", b"text", write(tmp_path, resnet_state()).read_bytes()[:-400]):
        path.write_bytes(content)
        yield path, "not a file of weights that torch.save wrote, or is damaged"
    torch.jit.save(torch.jit.trace(torch.nn.Conv2d(1, 1, 1), torch.zeros(1, 1, 2, 2)), path)
    yield path, "not a file of weights"


def test_other_files_are_refused_with_what_they_are(tmp_path: Path) -> None:
    for path, message in refusals(tmp_path):
        with pytest.raises(ArtifactError, match=message):
            read(path)
