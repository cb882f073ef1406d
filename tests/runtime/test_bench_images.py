from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.images import ImageArray, save_image
from edgegan.manifest import IO, tensor_of_rank
from edgegan.runtime.bench_images import (
    ANY_SIZE,
    POOL,
    bench_images,
    image_groups,
    network_batch,
)
from tests.runtime.models import SIZE


def io(batch: int | None = 1, size: int | None = SIZE) -> IO:
    tensor = tensor_of_rank("image", (batch, size, size, 3), "float32")
    return IO(inputs=(tensor,), outputs=(tensor,))


def photo(number: int) -> ImageArray:
    return np.full((20, 30, 3), number, np.uint8)


def photos(folder: Path, count: int) -> str:
    for number in range(count):
        save_image(folder / f"{number:02}.png", photo(number))
    return str(folder)


def test_the_pool_holds_different_real_images() -> None:
    images = bench_images("emoji", io(batch=2))
    pool = [network_batch(group, io(batch=2)) for group in image_groups(images, 2)]
    assert len(images) == len(pool) == POOL
    assert len({x.tobytes() for x in pool}) == POOL
    assert all(x.shape == (2, SIZE, SIZE, 3) and x.dtype == np.float32 for x in pool)
    assert min(x.min() for x in pool) >= -1
    assert max(x.max() for x in pool) <= 1
    assert np.array_equal(pool[0][1], pool[1][0])


def test_a_folder_is_sampled_evenly_in_its_own_size(tmp_path: Path) -> None:
    images = bench_images(photos(tmp_path, 16), io(), "e2e")
    assert [int(image[0, 0, 0]) for image in images] == [0, 2, 4, 6, 8, 10, 12, 14]
    assert all(image.shape == (20, 30, 3) for image in images)
    assert network_batch(images[:1], io()).shape == (1, SIZE, SIZE, 3)


def test_few_images_are_all_taken(tmp_path: Path) -> None:
    images = bench_images(photos(tmp_path, 3), io())
    assert len(images) == 3
    groups = image_groups(images, 2)
    assert [[int(one[0, 0, 0]) for one in group] for group in groups] == [[0, 1], [1, 2], [2, 0]]


def test_networks_of_any_size_get_one_size(tmp_path: Path) -> None:
    for spec in (photos(tmp_path, 2), "emoji"):
        images = bench_images(spec, io(size=None))
        assert {image.shape for image in images} == {(*ANY_SIZE, 3)}


def test_a_data_set_gives_its_test_part(tmp_path: Path) -> None:
    for number, part in enumerate(("trainA", "trainB", "testA", "testB")):
        for name in range(2):
            save_image(tmp_path / part / f"{name}.png", photo(10 * number + name))
    images = bench_images(f"folder:{tmp_path}", io())
    assert [int(image[0, 0, 0]) for image in images] == [20, 21]


def test_one_image_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has only 1 image\(s\) that can be read"):
        bench_images(photos(tmp_path, 1), io())


def test_the_network_alone_needs_no_more_than_its_size(tmp_path: Path) -> None:
    images = bench_images(photos(tmp_path, 3), io())
    assert {image.shape for image in images} == {(SIZE, SIZE, 3)}


@pytest.mark.parametrize("stages", ["net", "e2e"])
def test_emoji_are_the_embedded_ones_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stages: str
) -> None:
    monkeypatch.chdir(tmp_path)
    embedded = bench_images("emoji", io(), stages)
    photos(tmp_path / "emoji", 2)
    assert np.array_equal(bench_images("emoji", io(), stages), embedded)
    own = bench_images("./emoji", io(), stages)
    assert [int(image[0, 0, 0]) for image in own] == [0, 1]


def test_damaged_images_are_passed_over(tmp_path: Path) -> None:
    folder = photos(tmp_path, 10)
    for name in ("00.png", "05.png"):
        (tmp_path / name).write_bytes(b"no image")
    images = bench_images(folder, io(), "e2e")
    assert [int(image[0, 0, 0]) for image in images] == [1, 2, 3, 6, 7, 8, 4, 9]
    for path in sorted(tmp_path.iterdir())[1:]:
        path.write_bytes(b"no image")
    with pytest.raises(UsageError, match=r"only 0 image\(s\)"):
        bench_images(folder, io())


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(UsageError, match="nowhere"):
        bench_images("nowhere", io())


def test_a_free_batch_is_filled() -> None:
    images = bench_images("emoji", io(None))
    assert network_batch(images[:5], io(None)).shape == (5, SIZE, SIZE, 3)
