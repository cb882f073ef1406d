"""The steps of the demo; each takes the files of the one before."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edgegan.console import Report
from edgegan.demo.cyclegan import cyclegan_demo
from edgegan.demo.family import Demo
from edgegan.demo.stargan import stargan_demo
from edgegan.errors import UsageError, unknown_name
from edgegan.export.exported import Exported
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.parity_images import parity_images
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.runtime.bench import bench, step_count
from edgegan.runtime.bench_result import BenchReport
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.engine import Engine, load
from edgegan.train.config import data_specs, load_run_config
from edgegan.train.fit import Fitted, fit
from edgegan.train.paired_quality import PairedQuality, averaged, paired_quality
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log

DEMOS = {"cyclegan": cyclegan_demo, "stargan": stargan_demo}
FOLDERS = {"cyclegan": Path("demo"), "stargan": Path("demo-stargan")}
TARGETS = (
    ("tflite", "fp32"),
    ("tflite", "int8-dynamic"),
    ("onnx", "fp32"),
    ("tensorrt-rtx", "fp32"),
)
BENCH = BenchSettings(min_time_s=2.0, warmup_time_s=0.5)
BASELINES = 2  # rows of `paired_quality` before the translations


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

    def generator(self, demo: Demo) -> Path:
        """The trained generator that is exported."""
        return self.run.generators / f"{demo.generator}.keras"


def open_demo(family: str, changes: Sequence[str] = ()) -> Demo:
    """Prepare the demo of a GAN family, with `key=value` changes to its settings.

    Raises:
        UsageError: the family is unknown, or a change is not possible.
    """
    if family not in DEMOS:
        raise unknown_name("family", family, DEMOS)
    return DEMOS[family](changes)


def train(folder: DemoFolder, demo: Demo, report: Report) -> Fitted:
    """Train; a demo that was interrupted goes on, a finished one starts again.

    Raises:
        UsageError: the folder holds a demo of another family.
    """
    if not _can_go_on(folder, demo):
        _clear(folder.run)
    return fit(demo.config, demo.data, folder.run, report)


def _clear(run: RunFolder) -> None:
    """Remove what an earlier run wrote, and nothing else."""
    for path in (run.tensorboard, run.samples, run.checkpoints, run.generators):
        shutil.rmtree(path, ignore_errors=True)
    for path in (run.log, run.config):
        path.unlink(missing_ok=True)


def _can_go_on(folder: DemoFolder, demo: Demo) -> bool:
    if not folder.run.config.is_file():
        return False
    found, ours = load_run_config(folder.run.config), demo.config
    if found.generator.family != ours.generator.family:
        raise UsageError(
            f"{folder.path} holds a demo of {found.generator.family}. Choose another folder with "
            "-o, or delete it."
        )
    return found == ours and bool(read_log(folder.run)) and not folder.generator(demo).exists()


def export(folder: DemoFolder, demo: Demo, report: Report) -> list[Exported]:
    """Export the generator to every target."""
    size = image_size(demo)
    specs = [
        ExportSpec(target=target, precision=precision, size=size) for target, precision in TARGETS
    ]
    (spec,) = data_specs(demo.config)
    parity = parity_images(spec, demo.generator)
    job = ExportJob(generator=folder.generator(demo), specs=specs, parity=parity)
    return export_generator(job, ExportOptions(folder=folder.export, force=True), report)


def image_size(demo: Demo) -> tuple[int, int]:
    """Return the (H, W) that the generator is trained for."""
    return demo.config.generator.image_size, demo.config.generator.image_size


def runnable(exported: Sequence[Exported]) -> list[Path]:
    """List the artifacts that run on this machine."""
    return [result.path for result in exported if result.status == "verified"]


def translators(folder: DemoFolder, demo: Demo, exported: Sequence[Exported]) -> dict[str, Engine]:
    """Open Keras and each artifact that runs here, by the name of its row."""
    named = {"translation, Keras": load(folder.generator(demo))}
    for path in runnable(exported):
        precision = path.stem.partition("-")[2].partition("-")[2]
        named[f"translation, {path.suffix[1:]} {precision}"] = load(path)
    return named


def quality(demo: Demo, named: Mapping[str, Engine], report: Report) -> list[PairedQuality]:
    """Compare every translation with the truth, averaged over the directions."""
    rows = []
    for number, one in enumerate(demo.directions):
        asked = {name: partial(engine, label=one.label) for name, engine in named.items()}
        before = number * (BASELINES + len(named))

        def shifted(done: int, note: str = "", before: int = before) -> None:
            report(before + done, note)

        size = image_size(demo)
        rows.append(paired_quality(one.sources, one.truths, asked, size, shifted))
    return [averaged(of_all) for of_all in zip(*rows, strict=True)]


def quality_steps(demo: Demo, named: Mapping[str, Engine]) -> int:
    """Count the steps that `quality` reports."""
    return len(demo.directions) * (BASELINES + len(named))


def benchmark(exported: Sequence[Exported], report: Report) -> BenchReport:
    """Time the artifacts that run here, briefly."""
    return bench(runnable(exported), BENCH, report)


def benchmark_steps(exported: Sequence[Exported]) -> int:
    """Count the steps that `benchmark` reports."""
    return step_count(len(runnable(exported)), BENCH)
