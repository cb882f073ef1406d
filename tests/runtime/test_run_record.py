from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import EdgeganError, UsageError
from edgegan.images import save_image
from edgegan.runtime.image_jobs import Job, plan
from edgegan.runtime.run_record import (
    RECORD_NAME,
    open_record,
    recorded_sources,
    source_stamp,
)

RECIPE = {"artifact": "abc", "domain": None, "backend": "litert"}


@pytest.fixture
def job(photos: Path, tmp_path: Path) -> Job:
    """The job of one image, which is done and recorded."""
    job = plan(photos, tmp_path / "out")[0]
    save_image(job.destination, np.zeros((8, 8, 3), np.uint8))
    record = open_record(tmp_path / "out", RECIPE)
    record.add(job, source_stamp(job.source))
    record.save()
    return job


def holds(job: Job) -> bool:
    return open_record(job.destination.parent, RECIPE).holds(job)


def test_what_was_made_is_known(job: Job) -> None:
    assert holds(job)


def test_an_image_that_is_gone_is_not_held(job: Job) -> None:
    job.destination.unlink()
    assert not holds(job)


def test_an_image_that_nobody_recorded_is_not_held(job: Job) -> None:
    other = Job(source=job.source, destination=job.destination.with_name("other.png"))
    save_image(other.destination, np.zeros((8, 8, 3), np.uint8))
    assert not holds(other)


def test_a_changed_source_is_noticed(job: Job) -> None:
    status = job.source.stat()
    os.utime(job.source, ns=(status.st_atime_ns, status.st_mtime_ns - 1))  # older, not newer
    assert not holds(job)
    os.utime(job.source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert holds(job)
    with job.source.open("ab") as file:
        file.write(b"x")
    os.utime(job.source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not holds(job)


def test_another_source_of_the_same_result_is_noticed(job: Job) -> None:
    renamed = job.source.rename(job.source.with_suffix(".bmp"))
    assert not holds(Job(source=renamed, destination=job.destination))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("artifact", "f" * 64, r"artifact abc, now f{12}\.\.\. ?\)"),
        ("artifact", "abd", "artifact abc, now abd"),
        ("domain", "Male=1", "domain None, now Male=1"),
    ],
)
def test_results_of_another_recipe_are_refused(job: Job, name: str, value: str, words: str) -> None:
    other = {**RECIPE, name: value}
    with pytest.raises(UsageError, match=f"{words}.*--force"):
        open_record(job.destination.parent, other)
    forced = open_record(job.destination.parent, other, force=True)
    assert not forced.holds(job)
    forced.save()
    assert not open_record(job.destination.parent, other).holds(job)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 1}', '{"schema": 2, "recipe": 3}'])
def test_a_file_that_is_no_record(job: Job, text: str) -> None:
    (job.destination.parent / RECORD_NAME).write_text(text)
    with pytest.raises(UsageError, match=r"edgegan-run.jsonl is not a record.*--force"):
        open_record(job.destination.parent, RECIPE)


def test_lines_are_only_added(job: Job) -> None:
    path = job.destination.parent / RECORD_NAME
    other = {"result": "", "source": "other.png", "bytes": 1, "mtime_ns": 1}
    with path.open("a") as file:
        file.writelines(json.dumps({**other, "result": f"{i}.png"}) + "\n" for i in range(20_000))
    before = path.stat()
    record = open_record(path.parent, RECIPE)
    record.add(job, source_stamp(job.source))
    record.save()
    record.save()
    after = path.stat()
    assert after.st_ino == before.st_ino
    assert 0 < after.st_size - before.st_size < 120
    assert len(recorded_sources(path.parent)) == 20_001


def test_a_line_that_was_cut_off_costs_one_image(job: Job) -> None:
    folder, path = job.destination.parent, job.destination.parent / RECORD_NAME
    path.write_bytes(path.read_bytes()[:-20])
    record = open_record(folder, RECIPE)
    assert not record.holds(job)
    other = Job(source=job.source, destination=folder / "other.png")
    record.add(other, source_stamp(job.source))
    record.save()
    record.add(job, source_stamp(job.source))
    record.save()
    assert holds(job)
    assert recorded_sources(folder) == {"other.png": "a.png", "a.png": "a.png"}


def test_a_record_that_cannot_be_written(job: Job) -> None:
    record = open_record(job.destination.parent, RECIPE)
    record.add(job, source_stamp(job.source))
    (job.destination.parent / RECORD_NAME).unlink()
    (job.destination.parent / RECORD_NAME).mkdir()
    with pytest.raises(EdgeganError, match=r"Cannot write .*edgegan-run.jsonl: Is a directory"):
        record.save()


def test_folders_without_a_record_tell_no_sources(tmp_path: Path) -> None:
    assert recorded_sources(tmp_path) == {}
