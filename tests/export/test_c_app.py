"""The C program, compiled and run on this machine. On ARM64: tests/arm."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.domains import Domain, encode
from edgegan.errors import IncompatibleArtifact
from edgegan.export.app_models import AppModel, open_models
from edgegan.export.c_app import for_cpus, write_c_app
from edgegan.images import center_crop, to_gray
from edgegan.manifest import Precision, Tensor, read_manifest
from edgegan.selftest import SelfTest
from tests.c_program import (
    MAKE,
    build,
    installed_litert,
    levels_apart,
    noisy_photo,
    pictures,
    ppm,
    run,
    translated,
)
from tests.export.c_apps import compiled, exported, made
from tests.export.generators import DOMAINS, STARGAN, TINY, saved, saved_stargan

# Two data sets with a group of one name, an exclusive group and a toggle: what a label can hold.
JOINT = (*DOMAINS, Domain(name="glad", group="mood", default=1.0),
         Domain(name="sad", group="mood", one_hot=True, default=1.0, dataset=1),
         Domain(name='"mad?"', group="mood", one_hot=True, dataset=1),
         Domain(name="{{models}}", group="mood", one_hot=True, dataset=1))  # fmt: skip


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("tiny")
    return exported(saved(folder), folder)


@pytest.fixture(scope="module")
def program(artifacts: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(artifacts, tmp_path_factory.mktemp("program") / "app")


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The square artifact of a multi-domain generator, and its program."""
    folder = tmp_path_factory.mktemp("joint")
    paths = exported(saved_stargan(folder, replace(STARGAN, domains=JOINT)), folder, "fp32")
    return paths[0], made(paths, folder / "app")


@compiled
@pytest.mark.parametrize("size", [(16, 16), (40, 40), (7, 7), (16, 12), (100, 75)])
def test_pictures_are_translated_as_by_edgegan_run(
    artifacts: list[Path], program: Path, size: tuple[int, int]
) -> None:
    photo = noisy_photo(*size)
    artifact = artifacts[0] if size[0] == size[1] else artifacts[1]
    expected = edgegan.load(artifact)(photo)
    assert levels_apart(translated([program], photo), expected) <= 1


@compiled
def test_the_middle_is_cut_out(artifacts: list[Path], program: Path) -> None:
    photo = noisy_photo(31, 48)
    expected = edgegan.load(artifacts[0])(center_crop(photo))
    assert levels_apart(translated([program], photo), expected) <= 1


@compiled
def test_many_pictures_one_after_another(program: Path) -> None:
    photos = [noisy_photo(16, 16), noisy_photo(30, 20), noisy_photo(16, 16)]
    done = run(
        *(program, "--models", program.parent, "-", "-"), given=b"\n".join(map(ppm, photos)) + b"\n"
    )
    first, second, third = pictures(done.stdout)
    assert b"Translated 3 picture(s) by A2B-16x16-int8-dynamic.tflite" in done.stderr
    assert first.shape == second.shape == (16, 16, 3)
    np.testing.assert_array_equal(first, third)


@compiled
def test_gray_generators(tmp_path: Path) -> None:
    paths = exported(saved(tmp_path, replace(TINY, channels=1)), tmp_path, "fp32")
    photo = noisy_photo(40, 40)
    assert to_gray(photo).std() > 1
    got = translated([made(paths, tmp_path / "app")], photo)
    assert levels_apart(got, edgegan.load(paths[0])(photo)) <= 1


@compiled
@pytest.mark.parametrize(
    ("asked", "wanted", "other"),
    [
        ("Blond_Hair", {"Blond_Hair": True}, {"Blond_Hair": True, "Male": False}),
        ("Male=0", {"Male": False}, {"Male": True}),
        ("Blond_Hair=1,Male=0", {"Blond_Hair": True, "Male": False}, {"Blond_Hair": True}),
        (" Male = 0 ,\tBlond_Hair", {"Blond_Hair": True, "Male": False}, {"Blond_Hair": True}),
        ("Black_Hair=0", {"Black_Hair": False}, {"Black_Hair": False, "Male": False}),
        ('"mad?"=1', {'"mad?"': True}, {"sad": True}),
        ("{{models}}", {"{{models}}": True}, {"sad": True}),
    ],
)
def test_domains_are_those_of_python(
    joint: tuple[Path, Path], asked: str, wanted: dict[str, bool], other: dict[str, bool]
) -> None:
    artifact, program = joint
    photo = noisy_photo(20, 20)
    expected = edgegan.load(artifact)(photo, label=encode(JOINT, wanted))
    assert levels_apart(translated([program], photo, "--domain", asked), expected) <= 1
    flipped = edgegan.load(artifact)(photo, label=encode(JOINT, other))
    assert levels_apart(expected, flipped) > 1, "the label has no effect, so this tests nothing"


@compiled
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Tell with --domain what to translate to. Known are Black_Hair, Blond_Hair, Male"),
        (("--domain", "Blond"), "There is no domain Blond. Known are Black_Hair"),
        (("--domain", "Blond_Hair,Black_Hair"), "Blond_Hair and Black_Hair exclude each other"),
        (("--domain", "Male=2"), "Male is asked to be 2; it can be 0 or 1"),
        (("--domain", "Male,Male"), "Male is given twice"),
        (("--domain", "Male,sad"), "sad is of another data set"),
        (("--domain", "sad=0"), "One of the group mood must be on, such as sad=1"),
        (("--domain", ","), "--domain names nothing"),
    ],
)
def test_wrong_domains_are_told(
    joint: tuple[Path, Path], options: tuple[str, ...], words: str
) -> None:
    done = run(joint[1], *options, "-", "-", given=ppm(noisy_photo(8, 8)))
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr.decode()


@compiled
def test_another_model_is_refused(artifacts: list[Path], program: Path, tmp_path: Path) -> None:
    name = artifacts[0].name
    data = bytearray(artifacts[0].read_bytes())
    data[-100] ^= 1
    (tmp_path / name).write_bytes(data)
    damaged = run(program, "--models", tmp_path, "-", "-", given=ppm(noisy_photo(8, 8)))
    assert (damaged.returncode, damaged.stdout) == (1, b"")
    assert f"{name} is damaged, or not the file that was tested" in damaged.stderr.decode()
    (tmp_path / name).unlink()
    missing = run(program, "--models", tmp_path, "-", "-", given=ppm(noisy_photo(8, 8)))
    assert missing.returncode == 1
    assert f"{name}: No such file or directory" in missing.stderr.decode()


@compiled
@pytest.mark.parametrize("golden", [lambda test: test.values[5], lambda test: test.mean])
def test_wrong_results_are_noticed(
    joint: tuple[Path, Path], tmp_path: Path, golden: Callable[[SelfTest], float]
) -> None:
    artifact, program = joint
    app = Path(shutil.copytree(program.parent, tmp_path / "app"))
    manifest = read_manifest(artifact)
    assert manifest is not None
    assert manifest.selftest is not None
    header, value = (app / "model.h").read_text(), str(golden(manifest.selftest))
    assert header.count(value) == 1
    (app / "model.h").write_text(header.replace(value, "1.9"))
    (app / "edgegan_run").unlink()
    program = build(app, installed_litert())
    picture = ppm(noisy_photo(8, 8))
    done = run(program, "--models", app, "--domain", "Male=0", "-", "-", given=picture)
    assert (done.returncode, done.stdout) == (4, b"")
    assert "gives wrong results here: the self-test is off by" in done.stderr.decode()


@compiled
def test_without_litert_make_tells(artifacts: list[Path], tmp_path: Path) -> None:
    write_c_app(open_models(artifacts), "Tiny", tmp_path / "app")
    done = run(str(MAKE), "-C", tmp_path / "app", f"LITERT={tmp_path}")
    assert done.returncode != 0
    assert f"There is no libLiteRt.so in '{tmp_path}'" in done.stderr.decode()


def test_cpus_get_dynamic_int8(artifacts: list[Path]) -> None:
    (model,) = open_models(artifacts[:1])
    best_first = ("int8-dynamic", "fp32", "int8", "w8", "fp16")
    models = [of(model, precision) for precision in best_first]
    for place, best in enumerate(best_first):
        assert [one.name for one in for_cpus([*reversed(models[place:])])] == [best]


def of(model: AppModel, precision: str) -> AppModel:
    both = Precision(requested=precision, obtained=precision)
    return replace(model, name=precision, manifest=replace(model.manifest, precision=both))


def test_other_tensors_are_refused(artifacts: list[Path]) -> None:
    model = open_models(artifacts[:1])[0]
    io = model.manifest.io
    image: Tensor = replace(io.inputs[0], dtype="uint8")
    bytewise = replace(model, manifest=replace(model.manifest, io=replace(io, inputs=(image,))))
    with pytest.raises(IncompatibleArtifact, match="does not take and give images of float32"):
        for_cpus([bytewise])


def test_the_folder_is_whole(artifacts: list[Path], tmp_path: Path) -> None:
    written = write_c_app(open_models(artifacts), "Tiny", tmp_path / "app")
    there = {path.name for path in (tmp_path / "app").iterdir()}
    assert {path.name for path in written} == there
    assert {"edgegan_run.c", "Makefile", "README.md", "model.json", "model.h"} <= there
    assert {path.name for path in artifacts} <= there
    header = (tmp_path / "app/model.h").read_text()
    assert "{{" not in header.replace("{{0}", "")
    for path in artifacts:
        manifest = read_manifest(path)
        assert manifest is not None
        assert manifest.file_sha256 in header
