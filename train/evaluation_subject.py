"""What is evaluated: artifacts of one generator, opened, with what each was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgegan.domains import Domain
from edgegan.errors import ArtifactError, UsageError
from edgegan.manifest import Manifest, sha256
from edgegan.runtime.engine import DEFAULT_BACKEND, Engine, load
from edgegan.runtime.health import require_selftest
from edgegan.runtime.image_io import input_size
from edgegan.runtime.label import label_entries
from edgegan.train.evaluation_data import Size
from edgegan.train.run_folder import open_run

NAMES = {"ab": ("A2B", "B2A"), "ba": ("B2A", "A2B")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """One file to evaluate.

    Attributes:
        path: The file.
        engine: It, opened.
        source: The generator it was made from, opened, such as the teacher of a student;
            None if there is none, or it is not found.
        missing: Why an artifact has no source; empty otherwise.
    """

    path: Path
    engine: Engine
    source: Engine | None = None
    missing: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subjects:
    """Files to evaluate side by side, which do the same.

    Attributes:
        files: One or more.
        reverse: Translates back: the other direction, or a generator with domains itself.
        direction: "A2B", "B2A", "G", or a choice of domains such as "Blond_Hair=1".
        domains: What they can be asked for; empty if nothing.
        size: (H, W) that all take.
        data: The data they were trained on, where that is known.
    """

    files: Sequence[Subject]
    reverse: Engine | None
    direction: str
    domains: tuple[Domain, ...]
    size: Size
    data: tuple[str, ...] = ()


def open_subjects(
    named: Sequence[str],
    reverse: Path | None = None,
    source: Path | None = None,
    direction: str | None = None,
) -> Subjects:
    """Open what is to be evaluated.

    Args:
        named: Files, or a run by name or path.
        reverse: A generator or artifact of the other direction.
        source: The generator that artifacts were made from; None looks for it near them.
        direction: "ab" or "ba": of a run, the generator to evaluate; of files, what they do
            if no manifest tells.

    Raises:
        UsageError: a file does not exist, or the files cannot be compared.
        ArtifactError: a file is damaged, or `source` is not what one was made from.
    """
    paths, other, data = _paths(named, direction)
    opened: dict[Path, Engine] = {}
    files = [_subject(path, source, opened) for path in paths]
    task = files[0].engine.info.task
    domains = _domains(files[0])
    back = reverse or other
    if domains and back:
        raise UsageError("A generator with domains translates back itself; leave out --reverse.")
    subjects = Subjects(
        files=files,
        reverse=_with_label(files[0]) if domains else _open(back, opened) if back else None,
        direction=task.direction if task else NAMES[direction or "ab"][0],
        domains=domains,
        size=(0, 0),
        data=data,
    )
    _check_alike(subjects)
    engines = {file.path.name: file.engine for file in files}
    if back and subjects.reverse:
        engines[back.name] = subjects.reverse
    return replace(subjects, size=_common_size(engines))


def _paths(
    named: Sequence[str], direction: str | None
) -> tuple[list[Path], Path | None, tuple[str, ...]]:
    """Resolve names: files, their other direction if known, and their data."""
    if direction is not None and direction not in NAMES:
        raise UsageError(f"--direction is {direction!r}; use ab or ba.")
    if len(named) > 1 or Path(named[0]).suffix in DEFAULT_BACKEND:
        return [Path(name) for name in named], None, ()
    run = open_run(named[0])
    names = NAMES[direction or "ab"]
    found = [run.generators / f"{name}.keras" for name in ("G", *names)]
    there = [path for path in found if path.is_file()]
    if not there:
        raise UsageError(
            f"The run {run.path} has no finished generators yet; finish it with --resume."
        )
    return there[:1], there[1] if len(there) > 1 else None, run.data_specs()


def _open(path: Path, opened: dict[Path, Engine]) -> Engine:
    """Open a file once, though it may be a row, and the source of others."""
    key = path.resolve()
    if key not in opened:
        opened[key] = load(path)
    return opened[key]


def _subject(path: Path, source: Path | None, opened: dict[Path, Engine]) -> Subject:
    engine = _open(path, opened)
    require_selftest(engine)
    if path.suffix == ".keras" and not _is_student(engine.manifest):
        return Subject(path=path, engine=engine)
    found, missing = _source(path, engine.manifest, source)
    origin = _open(found, opened) if found else None
    if path.suffix == ".keras":
        missing = ""  # it needs no source to be evaluated
    return Subject(path=path, engine=engine, source=origin, missing=missing)


def _is_student(manifest: Manifest | None) -> bool:
    """Tell whether a generator was made from another one, and not from a foreign file."""
    source = manifest.source if manifest else None
    return source is not None and source.file.endswith(".keras")


def _source(path: Path, manifest: Manifest | None, given: Path | None) -> tuple[Path | None, str]:
    """Find the generator that an artifact was made from, by the hash in its manifest."""
    if given is not None and not given.is_file():
        raise UsageError(f"The source generator {given} does not exist.")
    if manifest is None or manifest.source is None:
        return given, f"no manifest beside {path} tells its source; name it with --source"
    wanted = manifest.source
    if given is not None:
        if sha256(given) != wanted.sha256:
            raise ArtifactError(
                f"{path.name} was not made from {given}: its manifest tells another SHA-256 for "
                f"its source {wanted.file}."
            )
        return given, ""
    folders = (path.parent, path.parent.parent, path.parent.parent / "generators")
    for folder in folders:
        candidate = folder / wanted.file
        if candidate.is_file() and sha256(candidate) == wanted.sha256:
            return candidate, ""
    return (
        None,
        f"{wanted.file}, which {path.name} was made from, is not near it; name it with --source",
    )


def _domains(subject: Subject) -> tuple[Domain, ...]:
    """Tell the domains of a generator, or of the one that a baked file was made from."""
    engine = _with_label(subject)
    task, first = (engine or subject.engine).info.task, subject.engine.info.task
    if engine is None and first is not None and first.family == "stargan":
        raise UsageError(
            f"{subject.path} is made for {first.direction} alone, and its source is needed to tell "
            f"the domains: {subject.missing}."
        )
    return task.domains if engine and task else ()


def _with_label(subject: Subject) -> Engine | None:
    """Return the file if it takes a label, else its source if that does."""
    engines = (subject.engine, subject.source)
    return next((one for one in engines if one and label_entries(one.info.io)), None)


def _common_size(engines: Mapping[str, Engine]) -> Size:
    sizes = {name: input_size(engine.info.io) for name, engine in engines.items()}
    for name, size in sizes.items():
        if size is None:
            raise UsageError(f"{name} takes images of any size; export it for a fixed one first.")
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {s[0]}x{s[1]}" for name, s in sizes.items() if s)
        raise UsageError(
            f"What is evaluated together must have one image size; got {listed}. Evaluate them "
            "one by one, or export them with the same --size."
        )
    return next(size for size in sizes.values() if size)


def _check_alike(subjects: Subjects) -> None:
    for subject in subjects.files:
        task = subject.engine.info.task
        found = task.direction if task else subjects.direction
        if found != subjects.direction:
            raise UsageError(
                f"{subjects.files[0].path.name} and {subject.path.name} do different things "
                f"({subjects.direction}, {found}); evaluate them one by one."
            )
        if label_entries(subject.engine.info.io) and not (task and task.domains):
            raise UsageError(
                f"{subject.path} takes a label, and nothing tells its domains: bring its manifest "
                "(the file's name and .json), or export it again."
            )
