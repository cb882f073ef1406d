"""The Kotlin of the Android app: it compiles, and what is plain Kotlin computes as Python does.

LiteRT and Android are stubs here (tests/export/kotlin_stubs): signatures, with only the behaviour
that a test needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from edgegan.domains import declare_domains, encode
from edgegan.export.app_folder import templates
from edgegan.export.app_models import model_json, open_models
from edgegan.images import ImageArray, resize, to_float, to_uint8
from edgegan.manifest import IO, Task, Tensor, write_manifest
from edgegan.runtime.image_io import to_network
from edgegan.selftest import SelfTest, deviation, record_selftest, selftest_input
from tests.export.kotlin import MAIN, MISSING, REASON, STUBS, compiled, resources, run
from tests.runtime.models import conv_relu_tanh, describe, selftest_image, write_tflite

pytestmark = pytest.mark.skipif(MISSING, reason=REASON)

SOURCES = "app/src/main/kotlin"
IMAGE = np.random.default_rng(0).integers(0, 256, (37, 53, 3), np.uint8)


def project(folder: Path) -> Path:
    """Lay out the app's sources, with the class R that a build makes of its resources."""
    for name, data in templates("android").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / SOURCES / "R.kt").write_text(resources(folder / "app/src/main/res"))
    return folder / SOURCES


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the whole app, every file of it."""
    folder = tmp_path_factory.mktemp("classes")
    sources = project(tmp_path_factory.mktemp("app"))
    assert compiled([sources, STUBS, MAIN], folder) == ""
    made = {path.stem for path in folder.rglob("*.class")}
    assert {"MainActivity", "Generator", "Choices", "ImagesKt"} <= made
    return folder


# In which file, what is there, and what is not.
WRONG = [
    ("Generator.kt", "Precision.FP16)", "Precision.HALF)"),
    ("Generator.kt", "Accelerator.CPU", "Accelerator.TPU"),
    ("Network.kt", ".writeFloat(", ".writeFloats("),
    ("MainActivity.kt", "R.id.choose", "R.id.chose"),
]


def test_what_is_not_there_does_not_compile(tmp_path: Path) -> None:
    sources = project(tmp_path / "app")
    for file, right, wrong in WRONG:
        (path,) = sources.rglob(file)
        text = path.read_text()
        assert right in text
        path.write_text(text.replace(right, wrong))
    complaints = compiled([sources, STUBS], tmp_path / "classes")
    for name in ("HALF", "TPU", "writeFloats", "chose"):
        assert f"unresolved reference '{name}'" in complaints


def packed(image: ImageArray) -> str:
    """Tell a picture as the app has it: width, height, count, 0xFFRRGGBB."""
    red, green, blue = image.astype(np.int64).transpose(2, 0, 1)
    pixels = (0xFF << 24) + (red << 16) + (green << 8) + blue
    return f"{image.shape[1]} {image.shape[0]} {counted(pixels)}"


def counted(values: NDArray[Any] | Sequence[float]) -> str:
    flat = np.ravel(np.asarray(values)).tolist()
    return " ".join(map(str, [len(flat), *flat]))


def unpacked(words: list[str]) -> ImageArray:
    width, height, *numbers = map(int, words)
    pixels = np.array(numbers, np.int64).reshape(height, width)
    assert (pixels >> 24 == 0xFF).all()
    return np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], -1).astype(np.uint8)


@pytest.mark.parametrize("size", [(16, 16), (20, 40), (64, 24), (37, 53), (90, 120), (1, 1)])
def test_photos_are_resized_as_pillow_does(classes: Path, size: tuple[int, int]) -> None:
    got = unpacked(run(classes, "resize", given=f"{size[0]} {size[1]} {packed(IMAGE)}"))
    np.testing.assert_array_equal(got, resize(IMAGE, size))


@pytest.mark.parametrize(
    ("size", "part"),
    [
        ((8, 8), np.s_[:, 8:45]),
        ((8, 6), np.s_[:, 12:40]),
        ((6, 24), np.s_[12:25, :]),
        ((37, 53), np.s_[:]),
    ],
)
def test_the_middle_is_cut_out(classes: Path, size: tuple[int, int], part: Any) -> None:
    got = unpacked(run(classes, "crop", given=f"{size[0]} {size[1]} {packed(IMAGE)}"))
    np.testing.assert_array_equal(got, IMAGE[part])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_as_pillow_does(classes: Path, orientation: int) -> None:
    image = Image.fromarray(IMAGE)
    image.getexif()[0x0112] = orientation
    got = unpacked(run(classes, "upright", given=f"{orientation} {packed(IMAGE)}"))
    np.testing.assert_array_equal(got, np.asarray(ImageOps.exif_transpose(image)))


def test_transparency_is_flattened_on_white(classes: Path) -> None:
    rng = np.random.default_rng(1)
    alpha = rng.integers(0, 256, (9, 7, 1), np.uint8)
    rgba = np.concatenate([IMAGE[:9, :7], alpha], -1)
    # As Android decodes: multiplied by alpha, rounded.
    colours = np.rint(IMAGE[:9, :7].astype(float) * alpha / 255).astype(np.int64)
    numbers = colours[..., 0] | colours[..., 1] << 8 | colours[..., 2] << 16
    numbers = numbers | alpha[..., 0].astype(np.int64) << 24
    got = unpacked(run(classes, "flattened", given=f"7 9 {counted(numbers)}"))
    white = Image.new("RGBA", (7, 9), (255, 255, 255, 255))
    expected = np.asarray(Image.alpha_composite(white, Image.fromarray(rgba)).convert("RGB"))
    assert np.abs(got.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_networks_take_what_they_take_in_python(classes: Path, channels: int) -> None:
    """Luma and resizing do not commute, least of all where colours meet."""
    photo = np.zeros((8, 8, 3), np.uint8)
    photo[:, :4, 1] = photo[:, 4:, 2] = 255
    image = Tensor(name="image", shape=(1, 40, 40, channels), dtype="float32")
    given = f"40 40 {channels} {packed(photo)}"
    got = np.array(run(classes, "prepared", given=given), np.float32)
    expected = to_network(photo, IO(inputs=(image,), outputs=(image,))).ravel()
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= 1.01 / 127.5


@pytest.mark.parametrize("config", ["ARGB_8888", "RGBA_F16"])
def test_photos_of_any_depth_are_read(classes: Path, config: str) -> None:
    red, green, blue = IMAGE.astype(np.int64).transpose(2, 0, 1)
    given = f"{config} 53 37 {counted((0xFF << 24) + (blue << 16) + (green << 8) + red)}"
    np.testing.assert_array_equal(unpacked(run(classes, "bitmap", given=given)), IMAGE)


def test_a_full_disk_is_told(classes: Path) -> None:
    assert " ".join(run(classes, "write", given="")).startswith("It was not saved whole")


def test_nothing_stays_open_of_a_network_without_buffers(classes: Path) -> None:
    assert run(classes, "network", given="") == ["no", "memory", "0"]


def test_pixels_become_floats_and_back(classes: Path) -> None:
    floats = run(classes, "toFloats", given=f"3 {packed(IMAGE)}")
    np.testing.assert_array_equal(np.array(floats, np.float32), to_float(IMAGE).ravel())
    values = np.random.default_rng(1).uniform(-1.2, 1.2, (8, 6, 3)).astype(np.float32)
    back = unpacked(run(classes, "toPicture", given=f"8 6 {counted(values)}"))
    np.testing.assert_array_equal(back, to_uint8(values))
    one = unpacked(run(classes, "toPicture", given=f"8 6 {counted(values[..., :1])}"))
    np.testing.assert_array_equal(one, to_uint8(values[..., :1]).repeat(3, -1))


def test_the_selftest_is_that_of_python(classes: Path) -> None:
    got = run(classes, "fixedInput", given="5000")
    np.testing.assert_array_equal(np.array(got, np.float32), selftest_input((5000,)))
    golden, output = np.random.default_rng(0).uniform(-1, 1, (2, 1, 16, 16, 3)).astype(np.float32)
    test = record_selftest(golden)
    told = f"{counted(test.indices)} {counted(test.values)} 0 {test.mean} {test.std} {test.atol}"
    for precision in ("fp32", "fp16", "int8-dynamic"):
        given = f"{told} {precision} {counted(output)}"
        expected = deviation(test, output, precision)
        assert float(run(classes, "deviation", given=given)[0]) == pytest.approx(expected, rel=1e-5)
    output.flat[test.indices[3]] = np.nan
    given = f"{told} fp16 {counted(output)}".replace("nan", "NaN")
    assert run(classes, "deviation", given=given) == ["NaN"]


def test_what_model_json_tells_is_read(classes: Path, tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "a-fp16.tflite", conv_relu_tanh)
    write_manifest(path, describe(path, selftest_image()))
    (model,) = open_models([path])
    manifest = model.manifest
    domains = declare_domains("hair:Blond,hair:Black=1,Male;mood::happy,mood::sad")
    label = Tensor(name="label", shape=(1, 7), dtype="float32", layout="NC")
    assert manifest.selftest is not None
    test = replace(manifest.selftest, label=tuple(encode(domains, {"sad": True}).tolist()))
    task = Task(family="stargan", direction="G", domains=domains)
    io = replace(manifest.io, inputs=(*manifest.io.inputs, label))
    labelled = replace(model, manifest=replace(manifest, io=io, task=task, selftest=test))
    got = run(classes, "models", given=model_json([model, labelled], 'An "app": \\ü, {5}'))
    told = [model.name, manifest.precision.requested, *manifest.io.inputs[0].shape[1:]]
    plain = [*told, *golden(manifest.selftest)]
    kinds = [word for d in domains for word in (d.name, d.group, d.one_hot, d.default, d.dataset)]
    expected = [*plain, *told, *kinds, *golden(test)]
    assert len(got) == len(expected)
    for word, value in zip(got, expected, strict=True):
        if isinstance(value, float):
            assert float(word) == pytest.approx(value, rel=1e-6)
        else:
            assert word.lower() == str(value).lower().replace("none", "null")


def golden(test: SelfTest) -> list[float]:
    return [*test.indices, *test.values, *(test.label or ()), test.mean, test.std, test.atol]


def test_another_model_json_is_refused(classes: Path) -> None:
    told = " ".join(run(classes, "models", given='{"schema": 2, "models": []}'))
    assert told == "model.json is of another release of edgegan."


@pytest.mark.parametrize(
    ("declared", "touched"),
    [
        ("hair:Blond,hair:Black=1,Male=1", {}),
        ("hair:Blond,hair:Black=1,Male=1", {"Blond": True}),
        ("hair:Blond,hair:Black=1,Male=1", {"Black": False}),
        ("hair:Blond,hair:Black,Male", {"Male": True}),
        ("class::cat,class::dog,class::cow", {}),
        ("class::cat,class::dog,class::cow", {"cow": True}),
        ("hair:Blond,Male=1;mood::happy,mood::sad", {"Male": False, "Blond": True}),
        ("hair:Blond,Male=1;mood::happy,mood::sad", {"sad": True}),
    ],
)
def test_labels_are_those_of_python(classes: Path, declared: str, touched: dict[str, bool]) -> None:
    domains = declare_domains(declared)
    told = [
        f"{d.name} {d.group or '-'} {str(d.one_hot).lower()} {d.default} {d.dataset}"
        for d in domains
    ]
    pressed = [f"{name} {float(value)}" for name, value in touched.items()]
    got = run(classes, "label", given=" ".join([str(len(domains)), *told, *pressed]))
    np.testing.assert_array_equal(np.array(got, np.float32), encode(domains, touched))
