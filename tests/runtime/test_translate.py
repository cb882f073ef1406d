from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import Interrupted
from edgegan.images import ImageArray, load_image
from edgegan.runtime.image_jobs import plan
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.runtime.run_record import RunRecord, open_record
from edgegan.runtime.translate import translate

NEGATIVE = NumpyEngine(np.negative, (8, 8))


def test_a_bad_image_is_skipped(photos: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, str]] = []
    done = translate(
        NEGATIVE, plan(photos, tmp_path / "out"), lambda n, note="": steps.append((n, note))
    )
    assert [path.name for path in done.written] == ["a.png", "b.png"]
    assert [item.path.name for item in done.skipped] == ["bad.jpg"]
    assert steps == [(1, "a.png"), (2, "bad.jpg"), (3, "b.bmp")]
    assert np.array_equal(load_image(tmp_path / "out/a.png"), 255 - load_image(photos / "a.png"))


def test_an_output_of_nan_is_skipped(photos: Path, tmp_path: Path) -> None:
    broken = NumpyEngine(lambda x: x * np.float32(np.nan), (8, 8))
    done = translate(broken, plan(photos / "a.png", tmp_path / "out.png"))
    assert "NaN" in done.skipped[0].reason
    assert not (tmp_path / "out.png").exists()


def test_a_source_that_vanishes_is_skipped(photos: Path, tmp_path: Path) -> None:
    jobs = plan(photos, tmp_path / "out")
    (photos / "a.png").unlink()
    done = translate(NEGATIVE, jobs, record=record_of(tmp_path))
    assert [path.name for path in done.written] == ["b.png"]
    assert "does not exist" in done.skipped[0].reason


def test_what_was_made_when_interrupted_stays(photos: Path, tmp_path: Path) -> None:
    jobs = plan(photos, tmp_path / "out")
    calls = 0

    def interrupted(image: ImageArray) -> ImageArray:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return NEGATIVE(image)

    with pytest.raises(Interrupted, match="1 of 3 images are written, the same command"):
        translate(interrupted, jobs, record=record_of(tmp_path))
    left = [job for job in jobs if not record_of(tmp_path).holds(job)]
    assert [job.source.name for job in left] == ["bad.jpg", "b.bmp"]
    assert translate(NEGATIVE, left, record=record_of(tmp_path)).written == (
        tmp_path / "out" / "sub" / "b.png",
    )
    assert [record_of(tmp_path).holds(job) for job in jobs] == [True, False, True]


def record_of(tmp_path: Path) -> RunRecord:
    return open_record(tmp_path / "out", {"artifact": "x"})
