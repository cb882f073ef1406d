from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from edgegan.data import open_unpaired
from edgegan.errors import DataError, UsageError
from edgegan.export.calibration import (
    Calibration,
    CalibrationRequest,
    calibration_images,
    calibration_request,
)
from edgegan.images import save_image
from edgegan.manifest import IO, Tensor
from tests.export.test_parity_images import folder_data

IMAGE = Tensor(name="image", shape=(1, 4, 6, 3), dtype="float32")
GRAY = Tensor(name="image", shape=(1, 4, 6, 1), dtype="float32")


def flat(levels: list[int]) -> Calibration:
    images = tuple(np.full((8, 8, 3), level, np.uint8) for level in levels)
    return Calibration(request=CalibrationRequest(spec="x"), images=images, available=9)


@pytest.mark.parametrize(("direction", "level"), [("A2B", 10), ("B2A", 11)])
def test_the_training_part_of_the_source_domain_is_taken(
    tmp_path: Path, direction: str, level: int
) -> None:
    request = CalibrationRequest(spec=folder_data(tmp_path / "d", 10))
    found = calibration_images(request, direction)
    assert [int(image[0, 0, 0]) for image in found.images] == [level]
    assert found.available == 1


def test_the_seed_chooses_and_no_image_comes_twice() -> None:
    first, again, other = (
        calibration_images(CalibrationRequest(spec="emoji", count=20, seed=seed), "A2B")
        for seed in (1, 1, 2)
    )
    assert first.record() == again.record()
    assert first.record()["sha256"] != other.record()["sha256"]
    assert len({image.tobytes() for image in first.images}) == 20
    train = {image.tobytes() for image in open_unpaired("emoji").train_a}  # type: ignore[attr-defined]
    assert all(image.tobytes() in train for image in first.images)


def test_a_plain_folder_gives_its_images_and_passes_over_bad_ones(tmp_path: Path) -> None:
    for level in (3, 5):
        save_image(tmp_path / f"{level}.png", np.full((8, 8, 3), level, np.uint8))
    (tmp_path / "text.jpg").write_text("this is text")
    found = calibration_images(CalibrationRequest(spec=str(tmp_path), count=7), "A2B")
    assert sorted(int(image[0, 0, 0]) for image in found.images) == [3, 5]
    assert found.record()["images"] == 2


def test_images_that_cannot_be_decoded_are_passed_over(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    save_image(tmp_path / "whole.jpg", rng.integers(0, 255, (64, 64, 3), np.uint8))
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:900])
    found = calibration_images(CalibrationRequest(spec=str(tmp_path)), "A2B")
    assert (len(found.images), found.available) == (1, 2)
    (tmp_path / "whole.jpg").unlink()
    with pytest.raises(DataError, match="None of the images"):
        calibration_images(CalibrationRequest(spec=str(tmp_path)), "A2B")


def test_labelled_sets_give_training_images_of_all_domains() -> None:
    found = calibration_images(CalibrationRequest(spec="emoji-styles", count=4), "G")
    assert found.images[0].shape == (64, 64, 3)
    assert found.available > 1000


def test_feeds_cover_images_and_labels_in_turn() -> None:
    labels = list(np.eye(2, dtype=np.float32))
    feeds = flat([0, 255, 51]).feeds(IO(inputs=(IMAGE,), outputs=(IMAGE,)), labels)
    assert [feed[0].shape for feed in feeds] == [(1, 4, 6, 3)] * 3
    np.testing.assert_allclose([feed[0].mean() for feed in feeds], [-1, 1, -0.6], atol=1e-6)
    assert [feed[1].tolist() for feed in feeds] == [[[1, 0]], [[0, 1]], [[1, 0]]]


def test_the_last_batch_is_filled_from_the_first_images() -> None:
    feeds = flat([0, 255, 51]).feeds(IO(inputs=(GRAY,), outputs=(GRAY,)), [None], batch=2)
    assert [len(feed) for feed in feeds] == [1, 1]
    assert [feed[0].shape for feed in feeds] == [(2, 4, 6, 1)] * 2
    np.testing.assert_allclose(feeds[1][0].mean(axis=(1, 2, 3)), [-0.6, -1], atol=1e-6)


def test_the_record_hashes_shapes_and_pixels() -> None:
    record = flat([7]).record()
    expected = hashlib.sha256(b"(8, 8, 3)" + bytes([7] * 192)).hexdigest()
    assert record["sha256"] == expected
    assert (record["data"], record["images"], record["available"]) == ("x", 1, 9)
    request = CalibrationRequest(spec="x", method="entropy", seed=7)
    other = Calibration(request=request, images=(), available=0).record()
    assert (record["method"], record["seed"]) == ("min-max", 0)
    assert (other["method"], other["seed"]) == ("entropy", 7)


def test_requests_are_checked() -> None:
    assert calibration_request(None, 0, "nonsense", 0) is None
    found = calibration_request("emoji", 5, "entropy", 3)
    assert found == CalibrationRequest(spec="emoji", count=5, method="entropy", seed=3)
    with pytest.raises(UsageError, match="at least 1"):
        calibration_request("emoji", 0, "min-max", 0)
    with pytest.raises(UsageError, match="Did you mean 'entropy'"):
        calibration_request("emoji", 5, "entropi", 0)
