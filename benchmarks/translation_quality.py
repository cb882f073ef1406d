"""Tell how far a generator's translations got from A towards B (or from B towards A).

    python benchmarks/translation_quality.py runs/emoji/generators/A2B.keras --data emoji \
        --features mobilenet_v1_embedding.tflite

Two views of the same rows (the input, the input blurred, the translation, real images of
the target), over the test images:

- With --features, an image embedding net such as MobileNet: a linear probe learns to tell
  the two domains apart on the training images, and says which share of a row it takes
  for the target domain.
- Where the test images are paired, distances to the truth, with the 95 % interval of the
  translation's advantage over each other row, pair by pair.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.data import Images, UnpairedData, open_unpaired
from edgegan.images import ImageArray, resize
from edgegan.optional import needs
from edgegan.runtime.engine import Engine, load
from edgegan.runtime.image_io import input_size
from edgegan.train.paired_quality import MEASURES, blur, paired_quality

RIDGE = 1.0  # of the probe, on standardised features

Features = NDArray[np.float64]


def main() -> int:
    """Print both tables."""
    arguments = _arguments()
    data = open_unpaired(arguments.data)
    if arguments.direction == "ba":
        data = _turned(data)
    engine = load(arguments.generator)
    size = input_size(engine.info.io)
    if size is None:
        raise SystemExit(f"{arguments.generator} has no fixed image size.")
    tests = [resize(image, size) for image in _readable(data.test_a)]
    rows = {
        "input": tests,
        "input, blurred": [blur(image) for image in tests],
        "translation": [engine(image) for image in tests],
        "real images of the target": [resize(image, size) for image in _readable(data.test_b)],
    }
    console.result(f"{arguments.generator} on {data.spec}, {len(tests)} test images, {size}")
    if arguments.features:
        console.table(("row", "taken for the target"), _probe(data, rows, arguments.features, size))
    if data.paired_test:
        console.table(("row", *MEASURES), _paired(data, engine, size))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator", type=Path, help="a .keras file or an artifact")
    parser.add_argument("--data", required=True, help="a data spec")
    parser.add_argument("--direction", choices=("ab", "ba"), default="ab")
    parser.add_argument("--features", type=Path, help="a .tflite of image embeddings, uint8 input")
    return parser.parse_args()


def _turned(data: UnpairedData) -> UnpairedData:
    return UnpairedData(
        spec=data.spec,
        train_a=data.train_b,
        train_b=data.train_a,
        test_a=data.test_b,
        test_b=data.test_a,
        paired_test=data.paired_test,
    )


def _readable(images: Images) -> list[ImageArray]:
    return [images[index] for index in range(len(images))]


def _probe(
    data: UnpairedData,
    rows: dict[str, list[ImageArray]],
    features: Path,
    size: tuple[int, int],
) -> list[tuple[str, str]]:
    """Fit a ridge classifier on the training images; tell each row's share beyond it."""
    train = [
        _embed((resize(image, size) for image in _readable(part)), features)
        for part in (data.train_a, data.train_b)
    ]
    x = np.concatenate(train)
    y = np.concatenate([-np.ones(len(train[0])), np.ones(len(train[1]))])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / scale
    penalty = RIDGE * len(z) * np.eye(z.shape[1])
    weights = np.linalg.solve(z.T @ z + penalty, z.T @ (y - y.mean()))
    bias = y.mean()
    shares = []
    for name, images in rows.items():
        scores = (_embed(images, features) - mean) / scale @ weights + bias
        shares.append((name, f"{np.mean(scores > 0):.2f}"))
    return shares


def _embed(images: Iterable[ImageArray], features: Path) -> Features:
    with needs("tflite"):
        from ai_edge_litert.interpreter import Interpreter
    net = Interpreter(str(features), num_threads=2)
    net.allocate_tensors()
    image, embedding = net.get_input_details()[0], net.get_output_details()[0]
    height, width = (int(side) for side in image["shape"][1:3])
    vectors = []
    for one in images:
        net.set_tensor(image["index"], resize(one, (height, width))[None])
        net.invoke()
        vectors.append(net.get_tensor(embedding["index"]).ravel().astype(np.float64))
    return np.stack(vectors)


def _paired(data: UnpairedData, engine: Engine, size: tuple[int, int]) -> list[tuple[str, ...]]:
    quality = paired_quality(data.test_a, data.test_b, {"translation": engine}, size)
    translation = quality[-1]
    table = [(row.name, *(f"{row.mean(m):.4f}" for m in MEASURES)) for row in quality]
    for row in quality[:-1]:
        cells = ("[{:+.4f}, {:+.4f}]".format(*translation.advantage(row, m)) for m in MEASURES)
        table.append((f"advantage over {row.name}", *cells))
    return table


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
