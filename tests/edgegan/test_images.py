"""The image convention, reading and writing."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgegan.errors import EdgeganError, ImageError, UsageError
from edgegan.images import (
    ImageArray,
    decode_image,
    list_images,
    load_image,
    probe_image,
    resize,
    save_image,
    to_float,
    to_gray,
    to_uint8,
)

RED, WHITE = (255, 0, 0), (255, 255, 255)


def _noise(height: int = 5, width: int = 7) -> ImageArray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_float_and_back_is_exact_for_every_value() -> None:
    values = np.arange(256, dtype=np.uint8)
    floats = to_float(values)
    assert floats.dtype == np.float32
    assert floats[0] == -1.0
    assert floats[255] == 1.0
    np.testing.assert_allclose(floats, np.arange(256) / 127.5 - 1, atol=1e-7)
    np.testing.assert_array_equal(to_uint8(floats), values)


def test_to_uint8_rounds_to_nearest_and_clips() -> None:
    values = np.array([-np.inf, -3, 0.6 / 127.5 - 1, 0.4 / 127.5 - 1, 1.2, np.inf])
    assert to_uint8(values).tolist() == [0, 0, 1, 0, 255, 255]


def test_to_uint8_refuses_nan() -> None:
    with pytest.raises(ImageError, match="NaN"):
        to_uint8(np.array([0.0, np.nan]))


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".bmp"])
def test_lossless_files_come_back_equal(tmp_path: Path, suffix: str) -> None:
    image = _noise()
    save_image(tmp_path / f"x{suffix}", image)
    np.testing.assert_array_equal(load_image(tmp_path / f"x{suffix}"), image)
    assert probe_image(tmp_path / f"x{suffix}") == (5, 7)
    assert [path.name for path in tmp_path.iterdir()] == [f"x{suffix}"]


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_files_come_back_close(tmp_path: Path, suffix: str) -> None:
    ramp = np.broadcast_to(np.arange(0, 128, 2, dtype=np.uint8)[:, None, None], (64, 32, 3))
    save_image(tmp_path / f"x{suffix}", np.ascontiguousarray(ramp))
    difference = load_image(tmp_path / f"x{suffix}").astype(int) - ramp
    assert np.abs(difference).max() <= 6


def test_save_refuses_an_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x\.txt.*\.png"):
        save_image(tmp_path / "x.txt", _noise())


def test_save_to_an_impossible_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EdgeganError, match="Cannot write"):
        save_image(tmp_path / "file" / "x.png", _noise())


def test_transparency_is_flattened_on_white(tmp_path: Path) -> None:
    rgba = Image.new("RGBA", (3, 1))
    for x, alpha in enumerate((0, 255, 51)):
        rgba.putpixel((x, 0), (*RED, alpha))
    rgba.save(tmp_path / "x.png")
    # 51/255 = 20 % red over white leaves 80 % of white's green and blue.
    assert load_image(tmp_path / "x.png")[0].tolist() == [[*WHITE], [*RED], [255, 204, 204]]


def test_transparent_palette_is_flattened_on_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "x.png", transparency=0)
    assert load_image(tmp_path / "x.png")[0].tolist() == [[*WHITE], [40, 50, 60]]


def test_gray_and_sixteen_bit_gray_become_rgb(tmp_path: Path) -> None:
    Image.new("L", (1, 1), 77).save(tmp_path / "8.png")
    Image.fromarray(np.array([[0, 257 * 77, 65535]], dtype=np.uint16)).save(tmp_path / "16.png")
    assert load_image(tmp_path / "8.png").tolist() == [[[77] * 3]]
    assert load_image(tmp_path / "16.png").tolist() == [[[0] * 3, [77] * 3, [255] * 3]]


def test_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "x.jpg", quality=100)
    assert np.abs(load_image(tmp_path / "x.jpg").astype(int) - RED).max() <= 3


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    image = _noise()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated clockwise
    Image.fromarray(image).save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(load_image(tmp_path / "x.png"), np.rot90(image, -1))


def test_load_resizes(tmp_path: Path) -> None:
    save_image(tmp_path / "x.png", np.full((6, 4, 3), 9, np.uint8))
    loaded = load_image(tmp_path / "x.png", size=(3, 8))
    np.testing.assert_array_equal(loaded, np.full((3, 8, 3), 9))


def test_resize_to_its_own_size_changes_nothing() -> None:
    image = _noise()
    np.testing.assert_array_equal(resize(image, (5, 7)), image)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load_image(tmp_path / "none.png")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp"])
def test_bytes_are_decoded_as_the_file_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    save_image(path, _noise())
    np.testing.assert_array_equal(decode_image(path.read_bytes(), "y"), load_image(path))


def test_bytes_follow_the_same_rules(tmp_path: Path) -> None:
    image, exif = Image.new("RGBA", (3, 1)), Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    image.save(tmp_path / "x.png", exif=exif)
    assert decode_image((tmp_path / "x.png").read_bytes(), "y").tolist() == [[[*WHITE]]] * 3


@pytest.mark.parametrize("data", [b"", b"hello"])
def test_bytes_that_are_no_image_are_named(data: bytes) -> None:
    with pytest.raises(ImageError, match=r"number 7 is not a readable image \(no known image"):
        decode_image(data, "number 7")


def test_gray_weighs_the_colours_as_itu_r_601() -> None:
    image = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
    assert to_gray(image).tolist() == [[76, 150, 29, 9]]


def test_gray_images_are_resized_too() -> None:
    gray = to_gray(_noise())
    expected = Image.fromarray(gray).resize((9, 3), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(resize(gray, (3, 9)), np.asarray(expected))


def test_text_named_jpg_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_text("hello")
    for read in (probe_image, load_image):
        with pytest.raises(ImageError, match=r"x\.jpg is not a readable image"):
            read(tmp_path / "x.jpg")


def test_an_empty_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.png").mkdir()
    for name in ("empty.png", "folder.png"):
        with pytest.raises(ImageError, match=name):
            load_image(tmp_path / name)


def test_other_formats_are_refused_whatever_they_are_called(tmp_path: Path) -> None:
    Image.fromarray(_noise()).save(tmp_path / "x.png", format="EPS")
    with pytest.raises(ImageError, match="no known image format"):
        load_image(tmp_path / "x.png")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_a_truncated_file_fails_when_decoded(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    save_image(path, _noise(64, 64))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(ImageError, match=f"x{suffix} is not a readable image"):
        load_image(path)


@pytest.mark.parametrize("size", [(8001, 8000), (10_000, 10_000), (20_000, 20_000)])
def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path, size: tuple[int, int]) -> None:
    # The header alone claims the size: Pillow's own limits warn at 89 and raise at 179 MP.
    Image.new("1", (8, 8)).save(tmp_path / "x.bmp")
    data = bytearray((tmp_path / "x.bmp").read_bytes())
    data[18:26] = size[0].to_bytes(4, "little") + size[1].to_bytes(4, "little")
    (tmp_path / "x.bmp").write_bytes(data)
    for read in (probe_image, load_image):
        with pytest.raises(ImageError, match="at most 64 megapixels"):
            read(tmp_path / "x.bmp")


def test_list_images_by_suffix_in_order(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "c.txt", ".hidden.png", "._a.png", "d.webp"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in list_images(tmp_path)] == ["a.png", "b.JPG", "d.webp"]


@pytest.mark.parametrize("error", [struct.error("x"), EOFError("x"), KeyError("x")])
def test_whatever_pillow_raises_is_an_image_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "a.png")

    def broken(image: Image.Image) -> Image.Image:
        raise error

    monkeypatch.setattr("PIL.ImageOps.exif_transpose", broken)
    with pytest.raises(ImageError, match="not a readable image"):
        load_image(tmp_path / "a.png")
