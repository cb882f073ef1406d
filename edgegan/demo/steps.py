"""The steps of the demo; each takes the files of the one before."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.console import Report
from edgegan.data import UnpairedData
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import Exported, ExportJob, ExportOptions, export_generator
from edgegan.export.targets import ExportSpec
from edgegan.images import ImageArray
from edgegan.runtime.bench import BenchReport, bench, step_count
from edgegan.runtime.engine import load
from edgegan.runtime.timing import BenchSettings
from edgegan.train.config import CycleGANConfig, load_config
from edgegan.train.fit import Fitted, fit
from edgegan.train.paired_quality import PairedQuality, paired_quality
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log

PRESET = "cyclegan-demo"
TARGETS = (
    ("tflite", "fp32"),
    ("tflite", "int8-dynamic"),
    ("onnx", "fp32"),
    ("tensorrt-rtx", "fp32"),
)
BENCH = BenchSettings(min_time_s=2.0, warmup_time_s=0.5)

Translate = Callable[[ImageArray], ImageArray]


@dataclass(frozen=True)
class DemoFolder:
    """Where the demo keeps its files."""

    path: Path

    @property
    def run(self) -> RunFolder:
        """The training run."""
        return RunFolder(self.path / "run")

    @property
    def export(self) -> Path:
        """The exported artifacts."""
        return self.path / "export"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def generator(self) -> Path:
        """The trained generator from Noto to Twemoji."""
        return self.run.generators / "A2B.keras"


def train(folder: DemoFolder, config: CycleGANConfig, data: UnpairedData, report: Report) -> Fitted:
    """Train; a demo that was interrupted goes on, a finished one starts again."""
    if not _can_go_on(folder, config):
        _clear(folder.run)
    return fit(config, data, folder.run, report)


def _clear(run: RunFolder) -> None:
    """Remove what an earlier run wrote, and nothing else."""
    for path in (run.tensorboard, run.samples, run.checkpoints, run.generators):
        shutil.rmtree(path, ignore_errors=True)
    for path in (run.log, run.config):
        path.unlink(missing_ok=True)


def _can_go_on(folder: DemoFolder, config: CycleGANConfig) -> bool:
    if folder.generator.exists() or not read_log(folder.run):
        return False
    return load_config(str(folder.run.config)) == config


def export(folder: DemoFolder, config: CycleGANConfig, report: Report) -> list[Exported]:
    """Export the generator from Noto to Twemoji to every target."""
    size = (config.generator.image_size, config.generator.image_size)
    specs = [
        ExportSpec(target=target, precision=precision, size=size) for target, precision in TARGETS
    ]
    parity = parity_images(config.data.spec, "A2B")
    job = ExportJob(generator=folder.generator, specs=specs, parity=parity)
    return export_generator(job, ExportOptions(folder=folder.export, force=True), report)


def runnable(exported: Sequence[Exported]) -> list[Path]:
    """List the artifacts that run on this machine."""
    return [result.path for result in exported if result.status == "verified"]


def translators(folder: DemoFolder, exported: Sequence[Exported]) -> dict[str, Translate]:
    """Open Keras and each artifact that runs here, by the name of its row."""
    named: dict[str, Translate] = {"translation, Keras": load(folder.generator)}
    for path in runnable(exported):
        precision = path.stem.partition("-")[2].partition("-")[2]
        named[f"translation, {path.suffix[1:]} {precision}"] = load(path)
    return named


def quality(
    data: UnpairedData, named: dict[str, Translate], size: int, report: Report
) -> list[PairedQuality]:
    """Compare every translation with the true Twemoji of the test pairs."""
    return paired_quality(data.test_a, data.test_b, named, (size, size), report)


def benchmark(exported: Sequence[Exported], report: Report) -> BenchReport:
    """Time the artifacts that run here, briefly."""
    return bench(runnable(exported), BENCH, report)


def benchmark_steps(exported: Sequence[Exported]) -> int:
    """Count the steps that `benchmark` reports."""
    return step_count(len(runnable(exported)), BENCH)
