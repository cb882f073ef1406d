"""Compare EdgeGAN's .tflite files with what the stock converter makes of the same network.

    python benchmarks/tflite_export_forms.py

The network is the full CycleGAN generator: 9 blocks, 64 filters, 256x256, random
weights. The stock files come from tf.lite.TFLiteConverter.from_keras_model, on a Keras
model whose padding is tf.pad(REFLECT) and whose norm is tf.nn.moments, with a dynamic
and with a static batch. All files are timed interleaved in one session, 2 threads.

The bars are ratios of medians to the stock file with a dynamic batch: fp32 at most
0.75, int8-dynamic at most 0.25. Exit code 5 if one is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.generator import GeneratorConfig
from edgegan.runtime.bench import bench, step_count
from edgegan.runtime.bench_report import COLUMNS, describe, notes, rows
from edgegan.runtime.bench_result import BenchReport
from edgegan.runtime.bench_settings import BenchSettings

BASELINE = "stock-dynamic-batch.tflite"
BARS = {"edgegan-fp32.tflite": 0.75, "edgegan-int8-dynamic.tflite": 0.25}


def main() -> int:
    """Build the files, time them, and print the table and the ratios."""
    arguments = _arguments()
    config = GeneratorConfig(
        image_size=arguments.size, filters=arguments.filters, residual_blocks=arguments.blocks
    )
    settings = BenchSettings(threads=arguments.threads, rounds=arguments.rounds, trust=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = _build(config, Path(folder))
        with console.progress("Timing", step_count(len(paths), settings)) as report:
            session = bench(paths, settings, report)
    if session.failures:
        raise session.failures[0][1]
    for line in describe(session.environment):
        console.result(line)
    console.table(COLUMNS, rows(session))
    for line in notes(session):
        console.result(line)
    return _compare(session)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    defaults = GeneratorConfig()
    parser.add_argument("--size", type=int, default=defaults.image_size, help="image size")
    parser.add_argument("--filters", type=int, default=defaults.filters)
    parser.add_argument("--blocks", type=int, default=defaults.residual_blocks)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _build(config: GeneratorConfig, folder: Path) -> list[Path]:
    # Imported here, since the timing processes import this file and should not hold TensorFlow.
    import tensorflow as tf
    import tf_keras as keras

    from edgegan.export.lowering import lower
    from edgegan.export.tflite import to_tflite
    from edgegan.train.networks import build_generator

    keras.utils.set_random_seed(0)
    model = build_generator(config)
    size = (config.image_size, config.image_size)
    stock = tf.lite.TFLiteConverter.from_keras_model
    contents = {
        BASELINE: stock(model).convert(),
        "stock-static-batch.tflite": stock(lower(model, "keras", size)).convert(),
        "edgegan-fp32.tflite": to_tflite(model, size, "fp32"),
        "edgegan-int8-dynamic.tflite": to_tflite(model, size, "int8-dynamic"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def _compare(session: BenchReport) -> int:
    medians = {Path(one.artifact).name: one.latency.p50_ms for one in session.results}
    partitions = {
        Path(one.artifact).name: one.info.delegate.partitions if one.info.delegate else 0
        for one in session.results
    }
    missed = False
    lines = []
    for name, p50 in medians.items():
        ratio = p50 / medians[BASELINE]
        bar = BARS.get(name)
        missed |= bar is not None and (ratio > bar or partitions[name] != 1)
        lines.append(
            (
                name,
                f"{p50:.1f}",
                f"{ratio:.3f}",
                f"<= {bar}" if bar else "-",
                str(partitions[name]),
            )
        )
    console.table(("file", "p50 ms", "ratio", "bar", "XNNPACK partitions"), lines)
    return 5 if missed else 0


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
