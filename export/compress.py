"""Compressing a generator: a run that trains a student, and the file that comes of it.

The run folder is one of `edgegan train`, and holds what the student learns from besides:

    teacher.keras           a copy of the generator, with its manifest
    discriminator.keras     the discriminator that was named, or its run still had
    compress.json           what was asked for, the candidates of a budget, and the output

So a run can be moved, resumed, and told from its files alone.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import tf_keras as keras

from edgegan.atomic import atomic_path, ensure_writable, write_text
from edgegan.errors import ArtifactError, UsageError
from edgegan.export.student_settings import Subject
from edgegan.export.width_budget import Candidate
from edgegan.manifest import Manifest, Source, manifest_path, sha256
from edgegan.train.config import TrainingConfig
from edgegan.train.generator_file import load_generator, save_generator
from edgegan.train.run_folder import RunFolder
from edgegan.train.student import origin_of
from edgegan.train.teacher import load_judge
from edgegan.train.teacher_run import last_discriminator

_RECORD, _TEACHER, _JUDGE = "compress.json", "teacher.keras", "discriminator.keras"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a compression was asked for, as its run remembers it.

    Attributes:
        teacher: Name and SHA-256 of the generator's file.
        output: Where the student goes.
        budget: What its width was chosen by, in words; empty if it was named.
        candidates: The widths that were compared for it.
    """

    teacher: Source
    output: str
    budget: str = ""
    candidates: tuple[Candidate, ...] = field(default=())


def begin_run(
    folder: RunFolder, subject: Subject, settings: TrainingConfig, record: Record
) -> TrainingConfig:
    """Put what the student learns from into a new run folder.

    Returns:
        The settings, which name the teacher there.

    Raises:
        UsageError: the settings name another teacher, or a discriminator that is not there.
        ArtifactError: the teacher or its discriminator is damaged.
        EdgeganError: the folder cannot be written to.
    """
    _check_teacher(settings, subject)
    judge = _judge(settings, subject)
    folder.path.mkdir(parents=True, exist_ok=True)
    for source, target in (
        (subject.path, folder.path / _TEACHER),
        (manifest_path(subject.path), manifest_path(folder.path / _TEACHER)),
    ):
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)
    if judge is not None:
        with atomic_path(folder.path / _JUDGE) as temporary:
            judge.save(temporary, save_format="keras")
    write_text(folder.path / _RECORD, json.dumps(asdict(record), indent=2) + "\n")
    return with_teacher(settings, folder)


def with_teacher(settings: TrainingConfig, folder: RunFolder) -> TrainingConfig:
    """Let the settings name the teacher that lies in the run folder, wherever that is now."""
    judge = folder.path / _JUDGE
    distillation = replace(
        settings.distillation,
        teacher=str(folder.path / _TEACHER),
        discriminator=str(judge) if judge.is_file() else "",
    )
    return replace(settings, distillation=distillation)


def _check_teacher(settings: TrainingConfig, subject: Subject) -> None:
    """Refuse a teacher of the settings, such as of another run's, that is not the one named."""
    named = settings.distillation.teacher
    if named and not (Path(named).is_file() and sha256(Path(named)) == sha256(subject.path)):
        raise UsageError(
            f"distillation.teacher is {named}, the generator to compress {subject.path}: the "
            "teacher is always the latter. Leave the setting out."
        )


def _judge(settings: TrainingConfig, subject: Subject) -> keras.Model | None:
    """Open the discriminator that the settings name, or else the one of the teacher's run."""
    if settings.distillation.discriminator:
        return load_judge(Path(settings.distillation.discriminator))
    if subject.run is None:
        return None
    return last_discriminator(subject.path, subject.run, subject.direction)


def read_record(folder: RunFolder) -> Record:
    """Read what a run was asked for.

    Raises:
        UsageError: it is no run of `edgegan compress`.
        ArtifactError: the record is damaged.
    """
    path = folder.path / _RECORD
    if not path.is_file():
        raise UsageError(
            f"{folder.path} is no run of edgegan compress: it has no {_RECORD}. "
            "edgegan train goes on with others."
        )
    try:
        content = json.loads(path.read_text())
        return Record(
            teacher=Source(**content["teacher"]),
            output=content["output"],
            budget=content["budget"],
            candidates=tuple(Candidate(**one) for one in content["candidates"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path} is damaged: {error!r}.") from error


def write_student(
    folder: RunFolder, settings: TrainingConfig, record: Record, output: Path
) -> Manifest:
    """Write the finished student, with what it came from, atomically.

    Raises:
        ArtifactError: the run's generator is damaged.
        EdgeganError: the output cannot be written.
    """
    family = settings.generator.family
    name = "G" if family == "stargan" else settings.distillation.direction
    found = folder.generators / f"{name}.keras"
    model, manifest = load_generator(found)
    told = manifest.options if manifest else {}
    origin = origin_of(settings)
    assert origin is not None, "a run of edgegan compress has a teacher"
    more = {"run": folder.path.name, "budget": record.budget}
    options = {"compress": {**origin.options["compress"], **more}}
    origin = replace(origin, source=record.teacher, options=options)
    output.parent.mkdir(parents=True, exist_ok=True)
    trained: dict[str, Any] = {name: told[name] for name in ("pruning", "int8") if name in told}
    return save_generator(
        model, output, settings.generator, found.stem, origin=origin, trained=trained
    )


def source_of(path: Path) -> Source:
    """Name a file and its content."""
    return Source(file=path.name, sha256=sha256(path))


def check_output(output: Path, force: bool) -> None:
    """Refuse an output that is no generator file, or there already.

    Raises:
        UsageError: saying which.
        EdgeganError: its folder cannot be written to.
    """
    if output.suffix != ".keras":
        raise UsageError(f"The output {output} must end in .keras, as the generator does.")
    if output.exists() and not force:
        raise UsageError(f"{output} exists. Replace it by --force, or choose another name.")
    ensure_writable(output.parent)


def summary(record: Record) -> dict[str, Any]:
    """Tell of the budget in JSON's types."""
    return {"budget": record.budget, "candidates": [asdict(one) for one in record.candidates]}
