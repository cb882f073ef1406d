"""What each rung of the ladder costs: time and size of the full CycleGAN generator.

    python -m benchmarks.ladder_rungs

The network has 9 blocks, 64 filters, 256x256 and random weights, which take the same time as
trained ones. Each rung keeps more layers in float (see edgegan.export.ladder). The files are
int8 .tflite by LiteRT and int8 .onnx by ONNX Runtime, timed interleaved, 2 threads; a ratio
is to the first rung of its kind, which keeps nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.generator import GeneratorConfig
from edgegan.runtime.bench import bench, step_count
from edgegan.runtime.bench_report import describe, notes
from edgegan.runtime.bench_result import BenchReport
from edgegan.runtime.bench_settings import BenchSettings

KINDS = (".tflite", ".onnx")


def main() -> None:
    """Build the files of all rungs, time them, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    settings = BenchSettings(
        threads=arguments.threads, rounds=arguments.rounds, min_iters=20, trust=True
    )
    with tempfile.TemporaryDirectory() as folder:
        names = _build(Path(folder))
        paths = [Path(folder) / f"{rung}{kind}" for kind in KINDS for rung in range(len(names))]
        with console.progress("Timing", step_count(len(paths), settings)) as report:
            session = bench(paths, settings, report)
    if session.failures:
        raise session.failures[0][1]
    for line in (*describe(session.environment), *notes(session)):
        console.result(line)
    _tell(session, names)


def _build(folder: Path) -> list[str]:
    """Write `<rung>.tflite` and `<rung>.onnx`; return what each rung keeps in float."""
    # Imported here, since the timing processes import this file and should not hold TensorFlow.
    import numpy as np
    import tf_keras as keras

    from edgegan.export.keras_to_onnx import to_onnx
    from edgegan.export.ladder import ladder
    from edgegan.export.lowering import lower
    from edgegan.export.quantization import Quantization
    from edgegan.export.tflite import to_tflite
    from edgegan.train.networks import build_generator

    keras.utils.set_random_seed(0)
    size = (256, 256)
    model = lower(build_generator(GeneratorConfig()), "keras", size)
    random = np.random.default_rng(0)
    feeds = [(random.uniform(-1, 1, (1, *size, 3)).astype(np.float32),) for _ in range(2)]
    rungs = ladder(model)
    for index, rung in enumerate(rungs):
        asked = Quantization(feeds=feeds, keep=rung.keep)
        tflite = to_tflite(model, size, "int8", quantization=asked)
        (folder / f"{index}.tflite").write_bytes(tflite)
        (folder / f"{index}.onnx").write_bytes(to_onnx(model, size, "int8", quantization=asked))
    return [rung.name for rung in rungs]


def _tell(session: BenchReport, names: list[str]) -> None:
    found = {Path(one.artifact).name: one for one in session.results}
    table = []
    for kind in KINDS:
        first = found[f"0{kind}"].latency.p50_ms
        for index, name in enumerate(names):
            one = found[f"{index}{kind}"]
            p50, size = one.latency.p50_ms, one.info.memory["file_bytes"] / 1e6
            table.append((kind, name, f"{size:.1f}", f"{p50:.1f}", f"{p50 / first:.3f}"))
    console.table(("file", "in float", "MB", "p50 ms", "to the first"), table)


if __name__ == "__main__":
    with native_log_hidden():
        main()
