"""The trained generators that come with EdgeGAN are small, whole, and compute what they should."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from edgegan.export.pareto import open_lines
from edgegan.manifest import read_manifest
from edgegan.runtime.engine import load
from edgegan.runtime.health import selftest_failure
from edgegan.train.generator_file import load_generator
from tests.repository import ROOT

FILTERS = {
    "cyclegan-emoji-A2B": 32,
    "cyclegan-emoji-B2A": 32,
    "cyclegan-emoji-w12-A2B": 12,
    "stargan-emoji-G": 24,
}
MODELS = sorted((ROOT / "examples" / "models").glob("*.keras"))


def test_all_generators_are_there() -> None:
    assert [path.name for path in MODELS] == [
        "cyclegan-emoji-A2B.keras",
        "cyclegan-emoji-B2A.keras",
        "cyclegan-emoji-w12-A2B.keras",
        "stargan-emoji-G.keras",
    ]


def test_the_demo_app_shows_all_of_them() -> None:
    demo = runpy.run_path(str(ROOT / "scripts" / "demo_app.py"))
    assert {one.file for one in demo["EXAMPLES"]} == {path.stem for path in MODELS}
    links = re.findall('href="(.*?)/"', demo["page"](demo["EXAMPLES"]))
    assert links == [one.file for one in demo["EXAMPLES"]]


def test_a_report_tells_the_student_and_its_teacher() -> None:
    teacher, _, student, stargan = open_lines(MODELS)
    assert (student.kind, student.made_from) == ("student", teacher.path.name)
    assert {teacher.kind, stargan.kind} == {"generator"}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_it_is_small_and_what_its_manifest_says(path: Path) -> None:
    model, manifest = load_generator(path)  # compares the hash, too
    assert manifest is not None
    assert manifest == read_manifest(path)
    assert path.stat().st_size == manifest.size_bytes <= 4_000_000
    assert manifest.generator is not None
    assert (manifest.generator.filters, manifest.generator.residual_blocks) == (
        FILTERS[path.stem],
        6,
    )
    assert manifest.task is not None
    assert path.stem.endswith(manifest.task.direction or "nothing")
    for weight in model.get_weights():
        np.testing.assert_array_equal(weight, weight.astype(np.float16))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_it_passes_its_self_test(path: Path) -> None:
    manifest = read_manifest(path)
    assert manifest is not None
    assert manifest.selftest is not None
    assert selftest_failure(load(path), manifest) is None
