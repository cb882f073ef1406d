"""Compare every precision of EdgeGAN's files with what stock tools make of the same network.

    python -m benchmarks.export_precisions [--family stargan]

The network is the full CycleGAN generator (9 blocks, 64 filters, 256x256) or StarGAN's
(6 blocks, 64 filters, 5 labels, 128x128), with random weights, which take the same time
as trained ones. Stock files come from tf.lite.TFLiteConverter and from tf2onnx, on a Keras
model whose padding is tf.pad and whose norm is tf.nn.moments; OpenVINO on the stock .onnx
is what a desktop user would pick. All are timed interleaved in one session, 2 threads.

Exit code 5 if one of CycleGAN's bars is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.domains import Domain
from edgegan.generator import GeneratorConfig
from edgegan.runtime.bench import bench, step_count
from edgegan.runtime.bench_report import describe, notes
from edgegan.runtime.bench_result import BenchReport
from edgegan.runtime.bench_settings import BenchSettings

FAMILIES = {
    "cyclegan": GeneratorConfig(),
    "stargan": GeneratorConfig(
        family="stargan",
        image_size=128,
        residual_blocks=6,
        norm_affine=True,
        padding="zero",
        domains=tuple(Domain(name=f"domain{i}") for i in range(5)),
    ),
}
# File, backend: the stock files first, by which the others are judged.
STOCK_TFLITE, STOCK_ONNX = ("stock.tflite", "litert"), ("stock.onnx", "onnxruntime")
STOCK_OPENVINO, OURS_OPENVINO = ("stock.onnx", "openvino"), ("int8.onnx", "openvino")
ENTRANTS = (
    STOCK_TFLITE,
    ("stock-static-batch.tflite", "litert"),
    ("stock-int8-dynamic.tflite", "litert"),
    STOCK_ONNX,
    STOCK_OPENVINO,
    *((f"{name}.tflite", "litert") for name in ("fp32", "fp16", "int8-dynamic", "int8", "w8")),
    *((f"{name}.onnx", "onnxruntime") for name in ("fp32", "int8")),
    ("fp32.onnx", "openvino"),
    OURS_OPENVINO,
)


@dataclass(frozen=True)
class Bar:
    """The most that one entrant may take of another's time."""

    entrant: tuple[str, str]
    to: tuple[str, str]
    ratio: float


BARS = (
    Bar(("int8-dynamic.tflite", "litert"), STOCK_TFLITE, 0.20),
    Bar(("int8-dynamic.tflite", "litert"), STOCK_OPENVINO, 0.70),
    Bar(("fp32.onnx", "onnxruntime"), STOCK_ONNX, 1.02),
    Bar(("int8.onnx", "onnxruntime"), STOCK_ONNX, 0.55),
    Bar(OURS_OPENVINO, STOCK_TFLITE, 0.18),
)


def main() -> int:
    """Build the files, time them, and print the table and the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", choices=FAMILIES, default="cyclegan")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    settings = BenchSettings(
        threads=arguments.threads, rounds=arguments.rounds, min_iters=50, trust=True
    )
    with tempfile.TemporaryDirectory() as folder:
        _build(FAMILIES[arguments.family], Path(folder))
        paths = [Path(folder) / name for name, _ in ENTRANTS]
        with console.progress("Timing", step_count(len(paths), settings)) as report:
            session = bench(paths, settings, report, [backend for _, backend in ENTRANTS])
    if session.failures:
        raise session.failures[0][1]
    for line in describe(session.environment):
        console.result(line)
    for line in notes(session):
        console.result(line)
    return _compare(session, BARS if arguments.family == "cyclegan" else ())


def _build(config: GeneratorConfig, folder: Path) -> None:
    # Imported here, since the timing processes import this file and should not hold TensorFlow.
    import numpy as np
    import tf_keras as keras

    from edgegan.export.keras_to_onnx import to_onnx
    from edgegan.export.quantization import Quantization
    from edgegan.export.tflite import to_tflite
    from edgegan.train.networks import build_generator

    keras.utils.set_random_seed(0)
    model = build_generator(config)
    side = config.image_size
    random = np.random.default_rng(0)
    labels = (np.ones((1, len(config.domains)), np.float32),) if config.domains else ()
    images = [random.uniform(-1, 1, (1, side, side, 3)).astype(np.float32) for _ in range(4)]
    quantization = Quantization(feeds=[(image, *labels) for image in images])
    _build_stock(model, folder, side)
    for precision in ("fp32", "fp16", "int8-dynamic", "int8", "w8"):
        content = to_tflite(model, (side, side), precision, quantization=quantization)
        (folder / f"{precision}.tflite").write_bytes(content)
    (folder / "fp32.onnx").write_bytes(to_onnx(model, (side, side)))
    quantized = to_onnx(model, (side, side), "int8", quantization=quantization)
    (folder / "int8.onnx").write_bytes(quantized)


def _build_stock(model: Any, folder: Path, side: int) -> None:
    import tensorflow as tf
    import tf2onnx

    from edgegan.export.lowering import lower

    fixed = lower(model, "keras", (side, side))
    stock = tf.lite.TFLiteConverter.from_keras_model
    (folder / "stock.tflite").write_bytes(stock(model).convert())
    (folder / "stock-static-batch.tflite").write_bytes(stock(fixed).convert())
    quantizing = stock(model)
    quantizing.optimizations = [tf.lite.Optimize.DEFAULT]
    (folder / "stock-int8-dynamic.tflite").write_bytes(quantizing.convert())
    signature = [tf.TensorSpec(one.shape, tf.float32, name=one.name) for one in fixed.inputs]
    proto, _ = tf2onnx.convert.from_keras(fixed, input_signature=signature, opset=17)
    (folder / "stock.onnx").write_bytes(proto.SerializeToString())


def _compare(session: BenchReport, bars: tuple[Bar, ...]) -> int:
    medians = {
        (Path(one.artifact).name, one.info.backend): one.latency.p50_ms for one in session.results
    }
    table = []
    for result in session.results:
        entrant = (Path(result.artifact).name, result.info.backend)
        own = [f"<= {b.ratio:.2f} of {'/'.join(b.to)}" for b in bars if b.entrant == entrant]
        part = medians[entrant] / medians[STOCK_TFLITE]
        size = result.info.memory["file_bytes"] / 1e6
        table.append(
            (*entrant, f"{size:.1f}", f"{medians[entrant]:.1f}", f"{part:.3f}", "; ".join(own))
        )
    console.table(("file", "backend", "MB", "p50 ms", "to stock .tflite", "bar"), table)
    ratios = [(bar, medians[bar.entrant] / medians[bar.to]) for bar in bars]
    for bar, ratio in ratios:
        verdict = "met" if ratio <= bar.ratio else "MISSED"
        console.result(f"{bar.entrant[0]} to {'/'.join(bar.to)}: {ratio:.3f}, {verdict}")
    return 5 if any(ratio > bar.ratio for bar, ratio in ratios) else 0


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
