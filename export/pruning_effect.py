"""What zeros are worth: the size and the time of a pruned file beside its dense twin.

The twin is the same network with random weights, which take the same time as trained ones.
"""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tf_keras as keras

from edgegan.console import Report, silent
from edgegan.errors import EdgeganError
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.generator import GeneratorConfig
from edgegan.runtime.bench import bench, step_count
from edgegan.runtime.bench_file import measured
from edgegan.runtime.bench_report import as_json
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.comparison import compare
from edgegan.train.generator_file import load_generator, save_generator
from edgegan.train.networks import build_generator

SETTINGS = BenchSettings(rounds=30, min_time_s=3.0, warmup_time_s=1.0)
STEPS = step_count(2, SETTINGS)  # that `pruning_effect` reports


@dataclass(frozen=True, kw_only=True)
class PruningEffect:
    """A pruned generator as fp32 .tflite, beside the same network without zeros.

    Attributes:
        bytes: Of the file; as large as the dense one.
        gzip_bytes: As gzip compresses it.
        dense_gzip_bytes: The dense one's.
        ratio: Its time over the dense one's.
        ratio_ci: The 95 % interval of that.
        verdict: "faster", "slower" or "no difference".
    """

    bytes: int
    gzip_bytes: int
    dense_gzip_bytes: int
    ratio: float
    ratio_ci: tuple[float, float]
    verdict: str

    def words(self) -> str:
        """Say it in a sentence."""
        low, high = self.ratio_ci
        effect = "no effect on speed" if self.verdict == "no difference" else self.verdict
        zipped, dense = self.gzip_bytes / 1e6, self.dense_gzip_bytes / 1e6
        share = f"{self.ratio:.3f} [{low:.3f}, {high:.3f}]"
        return (
            f"As fp32 .tflite {self.bytes / 1e6:.3f} MB, {zipped:.3f} after gzip "
            f"(dense {dense:.3f}); {effect}: {share} of the dense network's time."
        )

    def as_json(self) -> dict[str, Any]:
        """Return the figures in JSON's types."""
        return {**asdict(self), "ratio_ci": list(self.ratio_ci)}


def pruning_effect(
    pruned: Path,
    config: GeneratorConfig,
    report: Report = silent,
    settings: BenchSettings = SETTINGS,
) -> PruningEffect:
    """Export a pruned generator and its dense twin, and time both in turns.

    Args:
        pruned: The generator's file.
        config: Its configuration.
        report: Told the steps of the bench.
        settings: Of the bench.

    Raises:
        EdgeganError: a file cannot be made or run.
    """
    direction = "G" if config.family == "stargan" else "A2B"
    with tempfile.TemporaryDirectory() as folder:
        sparse, dense = (Path(folder) / f"{name}.keras" for name in ("pruned", "dense"))
        save_generator(load_generator(pruned)[0], sparse, config, direction)
        save_generator(build_generator(config), dense, config, direction)
        files = [_exported(path, config) for path in (dense, sparse)]
        session = bench(files, settings, report)
        if session.failures:
            raise session.failures[0][1]
        before, after = measured(as_json(session))
        comparison = compare(before, after)
        contents = [file.read_bytes() for file in files]
    keras.backend.clear_session()
    return PruningEffect(
        bytes=len(contents[1]),
        gzip_bytes=len(gzip.compress(contents[1], 9)),
        dense_gzip_bytes=len(gzip.compress(contents[0], 9)),
        ratio=round(comparison.ratio, 4),
        ratio_ci=(round(comparison.low, 4), round(comparison.high, 4)),
        verdict=comparison.verdict,
    )


def _exported(path: Path, config: GeneratorConfig) -> Path:
    size = (config.image_size, config.image_size)
    spec = ExportSpec(target="tflite", precision="fp32", size=size)
    job = ExportJob(generator=path, specs=[spec], parity=None)
    (made,) = export_generator(job, ExportOptions(folder=path.parent))
    if made.error is not None:
        raise EdgeganError(f"{path.name}: {made.error}")
    return made.path
