"""Sets of TensorFlow Datasets, prepared or mocked, and the ways they can be wrong."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgegan.data import PARTS, open_unpaired
from edgegan.errors import DataError, ImageError, UsageError
from edgegan.images import load_image
from tests.train.tiny import noise_image, write_folder

tfds = pytest.importorskip("tensorflow_datasets", reason="needs the extra tfds")

from edgegan.train.tfds_data import EncodedImages, open_tfds  # noqa: E402 - after the skip

NAME = "cycle_gan/horse2zebra"
FETCH = "tensorflow_datasets.download.DownloadManager.download_and_extract"


def write_metadata(data_dir: Path, splits: Sequence[str]) -> None:
    """Write the metadata of a prepared set with these splits, 3 examples each."""
    builder = tfds.builder(NAME, data_dir=data_dir)
    infos = [
        tfds.core.SplitInfo(name=name, shard_lengths=[3], num_bytes=0, filename_template=None)
        for name in splits
    ]
    builder.info.set_splits(tfds.core.SplitDict(infos))
    Path(builder.data_dir).mkdir(parents=True)
    builder.info.write_to_directory(builder.data_dir)


def test_a_prepared_set_holds_the_bytes_that_were_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_folder(tmp_path / "fetched" / "horse2zebra", suffixes=(".jpg",))
    (source / "testB" / "2.jpg").unlink()
    monkeypatch.setattr(FETCH, lambda *_: str(source.parent))
    data = open_tfds(NAME, tmp_path / "sets")
    assert capsys.readouterr().out == ""  # only results belong there
    shutil.rmtree(source)
    monkeypatch.delattr(FETCH)
    again = open_tfds(NAME, tmp_path / "sets")
    assert again == data
    parts = (data.train_a, data.train_b, data.test_a, data.test_b)
    assert [len(images) for images in parts] == [3, 3, 3, 2]
    write_folder(source, suffixes=(".jpg",))
    for part, images in zip(PARTS, parts, strict=True):
        assert isinstance(images, EncodedImages)
        files = {path.read_bytes(): path for path in (source / part).iterdir()}
        for index, encoded in enumerate(images.encoded):
            np.testing.assert_array_equal(images[index], load_image(files[encoded]))
        assert len(set(images.names)) == len(images)
        assert all(part in name for name in images.names)


def test_a_spec_opens_a_mocked_set(tmp_path: Path) -> None:
    write_metadata(tmp_path, PARTS)
    with tfds.testing.mock_data(num_examples=3, data_dir=str(tmp_path)):
        data = open_unpaired(f"tfds:{NAME}")
        decoded = tfds.decode.PartialDecoding({"image": True}, decoders={})  # by TensorFlow
        examples = list(tfds.load(NAME, split="trainA", decoders=decoded))
    assert data.spec == f"tfds:{NAME}"
    assert not data.paired_test
    assert len(data.train_a) == len(examples) == 3
    for index, example in enumerate(examples):
        np.testing.assert_array_equal(data.train_a[index], example["image"].numpy())


def test_other_splits_are_listed(tmp_path: Path) -> None:
    write_metadata(tmp_path, ("train", "trainA", "test"))
    with (
        tfds.testing.mock_data(data_dir=str(tmp_path)),
        pytest.raises(DataError, match=r"has no split trainB, testA, testB\.") as caught,
    ):
        open_unpaired(f"tfds:{NAME}")
    assert "found train, trainA, test." in str(caught.value)


def test_an_empty_split_is_an_error(tmp_path: Path) -> None:
    write_metadata(tmp_path, PARTS)
    with (
        tfds.testing.mock_data(num_examples=0, data_dir=str(tmp_path)),
        pytest.raises(DataError, match=r"split trainA of cycle_gan/horse2zebra.* is empty"),
    ):
        open_tfds(NAME)


def test_a_set_that_cannot_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise ConnectionError("no route to host\nand more")

    monkeypatch.setattr(FETCH, fail)
    with pytest.raises(DataError) as caught:
        open_tfds(NAME, tmp_path)
    text = str(caught.value)
    assert text.count("\n") == 0
    assert "no route to host." in text
    assert f"Run 'tfds build {NAME}'" in text
    assert "TFDS_DATA_DIR" in text


@pytest.mark.parametrize("name", ["zebras", "cycle_gan zebra", "zebras/config"])
def test_an_unknown_set(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"Cannot find .*'{name}'.*such as cycle_gan/horse") as e:
        open_tfds(name, tmp_path)
    assert "\n" not in str(e.value)


def test_an_unknown_configuration_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"configuration of tfds:cycle_gan.*'horse2zebra'\? Known"):
        open_tfds("cycle_gan/horses2zebra", tmp_path)


def test_a_set_without_images_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no images: its features are text, label"):
        open_tfds("imdb_reviews", tmp_path)


def test_damaged_bytes_fail_on_access() -> None:
    buffer = io.BytesIO()
    Image.fromarray(noise_image(0)).save(buffer, "JPEG")
    images = EncodedImages(("good", "bad"), (buffer.getvalue(), buffer.getvalue()[:-30]))
    assert images[0].shape == noise_image(0).shape
    with pytest.raises(ImageError, match="bad is not a readable image"):
        images[1]
