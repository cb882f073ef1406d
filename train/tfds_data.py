"""Unpaired sets of TensorFlow Datasets, such as `tfds:cycle_gan/horse2zebra`.

The encoded images are kept in memory and decoded when asked for: any of them is reached at
once, in the form in which the set was published.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from edgegan.data import PARTS, UnpairedData
from edgegan.errors import DataError, UsageError, unknown_name
from edgegan.images import ImageArray, decode_image


@dataclass(frozen=True)
class EncodedImages:
    """Images as the bytes of their files."""

    names: tuple[str, ...]
    encoded: tuple[bytes, ...]

    def __len__(self) -> int:
        """Count the images."""
        return len(self.encoded)

    def __getitem__(self, index: int) -> ImageArray:
        """Decode one image."""
        return decode_image(self.encoded[index], self.names[index])


def open_tfds(name: str, data_dir: Path | None = None) -> UnpairedData:
    """Open the set `name`, which has the splits trainA, trainB, testA and testB.

    Args:
        name: As in `tfds.load`.
        data_dir: Where prepared sets lie; None is `TFDS_DATA_DIR`, by default
            ~/tensorflow_datasets. A set that is not there is downloaded and prepared.

    Raises:
        UsageError: no set has this name.
        DataError: the set cannot be prepared, has no images, or other splits.
    """
    builder = _builder(name, data_dir)
    features = builder.info.features
    if "image" not in features or not isinstance(features["image"], tfds.features.Image):
        raise DataError(
            f"The data set tfds:{name} has no images: its features are {', '.join(features)}; "
            "expected one called 'image'."
        )
    _prepare(builder, name)
    missing = [part for part in PARTS if part not in builder.info.splits]
    if missing:
        raise DataError(
            f"The data set tfds:{name} has no split {', '.join(missing)}. Expected the splits "
            f"{', '.join(PARTS)}; found {', '.join(builder.info.splits) or 'none'}."
        )
    train_a, train_b, test_a, test_b = (_read(builder, part) for part in PARTS)
    return UnpairedData(
        spec=f"tfds:{name}", train_a=train_a, train_b=train_b, test_a=test_a, test_b=test_b
    )


def _builder(name: str, data_dir: Path | None) -> Any:
    try:
        return tfds.builder(name, data_dir=data_dir)
    except Exception as error:  # not found, or whatever a set's own code raises
        family, _, config = name.partition("/")
        if family in tfds.list_builders(with_community_datasets=False):
            known = tfds.builder_cls(family).builder_configs
            if config.split("/")[0] not in known:
                raise unknown_name(f"configuration of tfds:{family}", config, known) from error
        raise UsageError(
            f"Cannot find the TensorFlow data set {name!r}: {_first_line(error)} "
            "Expected a name such as cycle_gan/horse2zebra."
        ) from error


def _prepare(builder: Any, name: str) -> None:
    try:
        with redirect_stdout(sys.stderr):  # where progress belongs
            builder.download_and_prepare()
    except Exception as error:  # networks, disks, archives and other packages may all fail
        raise DataError(
            f"The data set tfds:{name} is not in {builder.data_dir} and cannot be prepared: "
            f"{_first_line(error)} Run 'tfds build {name}' where there is a network, copy the "
            "folder that it makes, and set TFDS_DATA_DIR to where the copy lies."
        ) from error


def _read(builder: Any, part: str) -> EncodedImages:
    """Read one split: its images, not decoded, named by file and position."""
    examples = builder.as_dataset(
        split=part,
        decoders=tfds.decode.PartialDecoding(
            {"image": True}, decoders={"image": tfds.decode.SkipDecoding()}
        ),
        read_config=tfds.ReadConfig(add_tfds_id=True),
    )
    names, encoded = [], []
    for example in examples.as_numpy_iterator():
        names.append(example["tfds_id"].decode())
        encoded.append(example["image"])
    if not encoded:
        raise DataError(f"The split {part} of {builder.info.full_name} is empty.")
    return EncodedImages(tuple(names), tuple(encoded))


def _first_line(error: Exception) -> str:
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return line if line.endswith(".") else f"{line}."
