"""The table of compressed models: what was made from what, its numbers, and its front."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.export.pareto import (
    Line,
    artifacts,
    compared_with_first,
    open_lines,
    score,
    with_front,
    with_latency,
)
from edgegan.export.pareto_report import COLUMNS, as_json, honest_rows, table_rows, write_page
from edgegan.image_metrics import psnr
from edgegan.manifest import Source, read_manifest, sha256
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.train.estimate import mean_estimate
from edgegan.train.evaluation_data import open_evaluation
from edgegan.train.evaluation_subject import open_subjects
from edgegan.train.generator_file import Origin, save_generator
from tests.export.generators import TINY, generator, saved
from tests.train.evaluated import means, write_images

QUICK = BenchSettings(rounds=2, min_iters=2, min_time_s=0, warmup_runs=1, warmup_time_s=0)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A generator, its student, and an artifact of the student."""
    from edgegan.export.job import ExportJob, ExportOptions
    from edgegan.export.pipeline import export_generator
    from edgegan.export.targets import ExportSpec

    folder = tmp_path_factory.mktemp("chain")
    teacher, student = saved(folder), folder / "small.keras"
    config = replace(TINY, filters=2)
    origin = Origin(
        family="cyclegan",
        source=Source(file=teacher.name, sha256=sha256(teacher)),
        options={"compress": {"steps": 0}},
    )
    save_generator(generator(config), student, config, "A2B", origin=origin)
    spec = ExportSpec(target="tflite", precision="int8-dynamic", size=(16, 16))
    job = ExportJob(generator=student, specs=[spec], parity=None)
    (made,) = export_generator(job, ExportOptions(folder=folder))
    return [teacher, student, made.path]


def test_lines_tell_what_was_made_from_what(chain: list[Path]) -> None:
    lines = open_lines(chain)
    assert [line.kind for line in lines] == ["generator", "student", "int8-dynamic"]
    assert [line.made_from for line in lines] == ["", "A2B.keras", "small.keras"]
    for line, path in zip(lines, chain, strict=True):
        manifest = read_manifest(path)
        assert manifest is not None
        assert (line.params, line.macs) == (manifest.params, manifest.macs)
        assert line.size_bytes == path.stat().st_size
        assert line.gzip_bytes == len(gzip.compress(path.read_bytes(), 9))
    assert artifacts(lines) == chain[2:]


def test_latencies_are_those_of_the_bench(chain: list[Path]) -> None:
    session = bench(chain[2:], QUICK)
    lines = with_latency(open_lines(chain), session)
    assert [line.p50_ms for line in lines] == [None, None, session.results[0].latency.p50_ms]
    assert lines[2].backend == "litert"


def test_scores_and_page(chain: list[Path], tmp_path: Path) -> None:
    images = write_images(tmp_path)
    subjects = compared_with_first(open_subjects([str(path) for path in chain]))
    assert [file.path for file in subjects.files] == chain
    data = open_evaluation(str(images), subjects.size, "A2B", (), None)
    lines, evaluation = score(open_lines(chain), subjects, data, means())
    first, student, _ = (line.scores for line in lines)
    assert first is not None
    assert student is not None
    assert "psnr" not in first
    sources = data.directions[0].sources
    teacher, small = (file.engine for file in subjects.files[:2])
    expected = [psnr(small(image), teacher(image)) for image in sources]
    assert student["psnr"].value == pytest.approx(np.mean(expected), rel=1e-6)
    lines = with_front(lines)
    rows = table_rows(lines)
    assert all(len(row) == len(COLUMNS) for row in (*rows, *honest_rows(evaluation)))
    assert rows[0][0].startswith("A2B.keras")
    content = json.loads(json.dumps(as_json(lines, evaluation)))
    assert [model["made_from"] for model in content["models"]] == [None, "A2B.keras", "small.keras"]
    assert content["models"][1]["psnr"] == pytest.approx(np.mean(expected), rel=1e-5)
    assert len(content["honest"]) == 3
    page = write_page(tmp_path, lines, (evaluation, subjects, data)).read_text()
    assert page.count("<circle") == 3
    assert page.count("<img") == 4 * min(len(sources), 8)


def line(name: str, fid: float | None, p50: float | None = None, size: int = 1) -> Line:
    scores = None if fid is None else {"fid": mean_estimate([fid, fid])}
    return Line(
        path=Path(name),
        kind="x",
        made_from="",
        params=None,
        macs=None,
        macs_literature=None,
        size_bytes=size,
        gzip_bytes=size,
        p50_ms=p50,
        scores=scores,
    )


def best(lines: list[Line]) -> list[str]:
    return [one.path.name for one in with_front(lines) if one.best]


def test_the_front_is_of_those_that_nothing_beats() -> None:
    timed = [line("a", 1.0, 9.0), line("b", 2.0, 5.0), line("c", 3.0, 6.0), line("d", 0.5)]
    assert best(timed) == ["a", "b"]  # d has no latency, b is faster and better than c
    assert best([line("a", 1.0, size=9), line("b", 2.0, size=3), line("c", 2.0, size=4)]) == [
        "a",
        "b",
    ]
    assert best([line("a", 1.0, 2.0), line("b", 1.5, 2.0), line("c", 1.0, 3.0)]) == ["a"]
    assert best([line("a", None), line("b", None)]) == []
    assert best([line("a", 1.0, 2.0), line("b", 1.0, 2.0)]) == ["a", "b"]


def test_bad_input(chain: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        open_lines([tmp_path / "nowhere.keras"])
    with pytest.raises(UsageError, match="the same file"):
        open_lines([chain[0], chain[0]])
