"""The run of a compression: what lies in it, and the file that comes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.export.compress import (
    Record,
    begin_run,
    check_output,
    read_record,
    source_of,
    with_teacher,
    write_student,
)
from edgegan.export.student_settings import open_subject, student_settings
from edgegan.export.width_budget import Candidate
from edgegan.manifest import read_manifest
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.evaluation_subject import open_subjects
from edgegan.train.fit import fit
from edgegan.train.generator_file import load_generator
from edgegan.train.run_folder import RunFolder
from tests.train.tiny import numbered_data, tiny_config
from tests.train.tiny_distillation import write_judge

SMALL = ["train.steps=2", "data.batch_size=1", "train.ema=0", "data.load_size=10"]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator in the run that trained it."""
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "teacher")
    config = tiny_config()
    config = replace(config, generator=replace(config.generator, filters=4))
    fit(replace(config, train=replace(config.train, steps=1)), numbered_data(5, 4), folder)
    return folder.generators / "B2A.keras"


def begun(
    teacher: Path, folder: RunFolder, output: Path, *changes: str
) -> tuple[CycleGANConfig, Record]:
    subject = open_subject(teacher)
    network = replace(subject.generator, filters=2)
    settings = student_settings(subject, network, None, [], [*SMALL, *changes])
    record = Record(
        teacher=source_of(teacher),
        output=str(output),
        budget="at most 1 MB",
        candidates=(Candidate(filters=2, params=3, macs=4, size_bytes=5),),
    )
    settings = begin_run(folder, subject, settings, record)
    assert isinstance(settings, CycleGANConfig)
    return settings, record


def test_a_student_of_a_run(teacher: Path, tmp_path: Path) -> None:
    folder, output = RunFolder(tmp_path / "run"), tmp_path / "out" / "small.keras"
    settings, record = begun(teacher, folder, output)
    assert settings.distillation.direction == "B2A"
    assert (folder.path / "teacher.keras").read_bytes() == teacher.read_bytes()
    judge = keras.models.load_model(folder.path / "discriminator.keras", compile=False)
    assert judge.name == "D_A"
    assert read_record(folder) == record
    fit(settings, numbered_data(5, 4), folder)
    manifest = write_student(folder, settings, record, output)
    assert manifest == read_manifest(output)
    assert manifest.source == source_of(teacher)
    assert manifest.generator == settings.generator
    assert manifest.options["compress"]["steps"] == 2
    before = read_manifest(teacher)
    assert before is not None
    assert before.params > 2 * manifest.params
    made, _ = load_generator(output)
    trained, _ = load_generator(folder.generators / "B2A.keras")
    for a, b in zip(made.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_moved_run_finds_its_teacher(teacher: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    settings, _ = begun(teacher, folder, tmp_path / "small.keras")
    folder.path.rename(tmp_path / "moved")
    moved = with_teacher(settings, RunFolder(tmp_path / "moved"))
    assert moved.distillation.teacher == str(tmp_path / "moved" / "teacher.keras")
    assert moved.distillation.discriminator == str(tmp_path / "moved" / "discriminator.keras")


def test_a_generator_without_its_run_has_no_discriminator(teacher: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.keras"
    copy.write_bytes(teacher.read_bytes())
    Path(f"{copy}.json").write_bytes(Path(f"{teacher}.json").read_bytes())
    subject, folder = open_subject(copy), RunFolder(tmp_path / "run")
    settings = student_settings(
        subject, subject.generator, None, ["emoji"], ["discriminator.layers=1"]
    )
    record = Record(teacher=source_of(copy), output="x.keras")
    settings = begin_run(folder, subject, settings, record)
    assert settings.distillation.discriminator == ""
    assert not (folder.path / "discriminator.keras").exists()


def test_a_discriminator_that_is_named_takes_the_place_of_the_run_s(
    teacher: Path, tmp_path: Path
) -> None:
    named = write_judge(tmp_path)
    folder = RunFolder(tmp_path / "run")
    change = f"distillation.discriminator={named}"
    settings, _ = begun(teacher, folder, tmp_path / "small.keras", change)
    assert settings.distillation.discriminator == str(folder.path / "discriminator.keras")
    judge = keras.models.load_model(folder.path / "discriminator.keras", compile=False)
    mine = keras.models.load_model(named, compile=False)
    for a, b in zip(judge.get_weights(), mine.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    named.unlink()
    with pytest.raises(UsageError, match="does not exist"):
        begun(teacher, RunFolder(tmp_path / "other"), tmp_path / "small.keras", change)
    assert not (tmp_path / "other").exists()


def test_the_teacher_of_the_settings_is_the_one_that_is_named(
    teacher: Path, tmp_path: Path
) -> None:
    copy, other = tmp_path / "copy.keras", teacher.with_name("A2B.keras")
    copy.write_bytes(teacher.read_bytes())
    begun(teacher, RunFolder(tmp_path / "run"), copy, f"distillation.teacher={copy}")
    with pytest.raises(UsageError, match=r"teacher is .*A2B\.keras, .* compress .*B2A\.keras"):
        begun(teacher, RunFolder(tmp_path / "other"), copy, f"distillation.teacher={other}")
    assert not (tmp_path / "other").exists()


def test_what_a_student_drifts_from_is_its_teacher(teacher: Path, tmp_path: Path) -> None:
    folder, output = RunFolder(tmp_path / "run"), tmp_path / "small.keras"
    settings, record = begun(teacher, folder, output)
    fit(settings, numbered_data(5, 4), folder)
    write_student(folder, settings, record, output)
    alone = open_subjects([str(output)])
    assert (alone.files[0].source, alone.files[0].missing) == (None, "")
    beside = open_subjects([str(output)], source=teacher)
    assert beside.files[0].source is not None


def test_bad_input(teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end in \.keras"):
        check_output(tmp_path / "x.tflite", force=False)
    there = tmp_path / "there.keras"
    there.write_bytes(b"")
    with pytest.raises(UsageError, match="Replace it by --force"):
        check_output(there, force=False)
    check_output(there, force=True)
    with pytest.raises(UsageError, match="no run of edgegan compress"):
        read_record(RunFolder(teacher.parent.parent))
    folder = RunFolder(tmp_path / "run")
    begun(teacher, folder, there)
    (folder.path / "compress.json").write_text("{}")
    with pytest.raises(ArtifactError, match="damaged"):
        read_record(folder)
