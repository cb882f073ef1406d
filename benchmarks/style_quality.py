"""Tell how far a StarGAN of emoji styles gets from each style to each other one.

    python benchmarks/style_quality.py runs/styles/generators/G.keras

For each pair of styles, over the test emoji, which every style has drawn:

- The share that a classifier takes for the target style, of the inputs, the inputs
  blurred, the translations, and the target's own drawings. The classifier is a small
  convolutional net of its own (benchmarks/style_classifier.py), kept in the file that
  --classifier names; its accuracy on the test drawings is told first.
- The distance to the target's own drawing of the same emoji, since a classifier alone can
  be fooled by artefacts: in the features of `edgegan eval` (its paired_features, by the net
  that --features names), L1, and place by place in the features of a fixed random net
  (edgegan.train.random_features), each with the 95 % interval of what is gained over the
  input, pair by pair.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
from style_classifier import EPOCHS, style_classifier

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.domains import encode
from edgegan.emoji_styles import STYLES, held_out_drawings
from edgegan.images import ImageArray, to_float, to_uint8
from edgegan.optional import needs
from edgegan.train.features import Extractor, feature_gaps, open_extractor
from edgegan.train.paired_quality import PairedQuality, blur, distances_to

FEATURES = "paired_features"
MEASURES = (FEATURES, "L1", "feature distance")


def main() -> int:
    """Print the classifier's accuracy and both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator", type=Path, help="a .keras file of the domains emoji-styles")
    parser.add_argument("--classifier", type=Path, default=Path("style-classifier.keras"))
    parser.add_argument("--features", default="emoji", help="as of edgegan eval")
    arguments = parser.parse_args()
    translate = _translator(arguments.generator)
    drawings = held_out_drawings()
    with console.progress("Learning the styles", EPOCHS) as report:
        classify = style_classifier(arguments.classifier, report)
    for style in STYLES:
        right = np.mean(classify(drawings[style]) == STYLES.index(style))
        console.result(f"The classifier is right about {right:.1%} of the test drawings, {style}")
    extract = open_extractor(arguments.features)
    shares, distances = [], []
    for source, target in permutations(STYLES, 2):
        inputs, truths = drawings[source], drawings[target]
        rows = {
            "input": inputs,
            "blurred": np.stack([blur(image) for image in inputs]),
            "translation": translate(inputs, target),
            "real": truths,
        }
        name = f"{source} to {target}"
        taken = (np.mean(classify(row) == STYLES.index(target)) for row in rows.values())
        shares.append((name, *(f"{share:.1%}" for share in taken)))
        distances += _distance_rows(name, rows, truths, extract)
    console.table(("taken for the target", *rows), shares)
    console.table(("distance to the target's drawing", "", *MEASURES), distances)
    return 0


def _translator(path: Path) -> Callable[[ImageArray, str], ImageArray]:
    with needs("train"):
        from edgegan.train.generator_file import load_generator
    model, manifest = load_generator(path)
    if manifest is None or manifest.task is None:
        raise SystemExit(f"{path} has no manifest that names its domains.")
    domains = manifest.task.domains

    def translate(images: ImageArray, target: str) -> ImageArray:
        labels = np.tile(encode(domains, {target: True}), (len(images), 1))
        return to_uint8(model.predict([to_float(images), labels], batch_size=20, verbose=0))

    return translate


def _distance_rows(
    name: str, rows: dict[str, ImageArray], truths: ImageArray, extract: Extractor
) -> list[tuple[str, ...]]:
    true_features = extract(truths)
    found = {}
    for row in ("input", "blurred", "translation"):
        distances = distances_to(to_float(rows[row]), to_float(truths))
        gaps = feature_gaps(extract(rows[row]), true_features)
        distances[FEATURES] = gaps.astype(np.float64)
        found[row] = PairedQuality(row, distances)
    table = [
        (name, row, *(f"{quality.mean(m):.4f}" for m in MEASURES)) for row, quality in found.items()
    ]
    gains = (found["translation"].advantage(found["input"], m) for m in MEASURES)
    return [*table, (name, "gain over the input", *(f"[{a:+.4f}, {b:+.4f}]" for a, b in gains))]


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
