"""Checkpoints: each is a folder `step-<n>/` that is there wholly or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from edgegan.errors import ArtifactError, EdgeganError

_PREFIX, _STATE, _UNFINISHED = "step-", "state", ".tmp-"


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """The checkpoints of one process.

    Attributes:
        folder: Where they lie.
        kept: How many of the newest to keep.
        keep_every: Those at multiples of this step are kept for good; 0 keeps none.
        others: Folders of the processes that train together with this one; a step counts
            as saved once all have saved it.
    """

    folder: Path
    kept: int = 2
    keep_every: int = 0
    others: tuple[Path, ...] = ()

    def steps(self) -> list[int]:
        """List the saved steps, oldest first."""
        saved = set(_steps(self.folder))
        for folder in self.others:
            saved &= set(_steps(folder))
        return sorted(saved)

    def path(self, step: int) -> Path:
        """Name the files of a saved step, as TensorFlow does: all but their endings."""
        return self.folder / f"{_PREFIX}{step:07d}" / _STATE

    def save(self, state: tf.Module, step: int) -> Path:
        """Write everything that `state` tracks as the checkpoint of `step`.

        It is written beside its place, flushed to the disk, and renamed; then those
        that are no longer kept are removed.

        Raises:
            EdgeganError: it cannot be written.
        """
        path = self.folder / f"{_PREFIX}{step:07d}"
        with _refusals(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            for rest in self.folder.glob(f"{_UNFINISHED}*"):  # of a process that was killed
                shutil.rmtree(rest)
            temporary = self.folder / f"{_UNFINISHED}{path.name}"
            tf.train.Checkpoint(gan=state).write(str(temporary / _STATE))
            _flush(temporary)
            if path.exists():  # left by a run that some machines had saved further
                shutil.rmtree(path)
            os.replace(temporary, path)
            _flush_folder(self.folder)
            self._remove_old()
        return path

    def restore(self, state: tf.Module, hint: str) -> int:
        """Bring `state` to the last step that was saved; return it, or 0 without one.

        Args:
            state: What was saved.
            hint: What else may be wrong, for the error.

        Raises:
            ArtifactError: the checkpoint is damaged, or of other settings.
        """
        saved = self.steps()
        if not saved:
            self._check_unsaved()
            return 0
        path = self.folder / f"{_PREFIX}{saved[-1]:07d}"
        for step in _steps(self.folder):
            if step > saved[-1]:  # that others had not saved, and will be done again
                shutil.rmtree(self.folder / f"{_PREFIX}{step:07d}")
        try:
            _read(state, path)
        except (AssertionError, ValueError, IndexError, tf.errors.OpError) as error:
            raise ArtifactError(
                f"The checkpoint {path} cannot be restored: it is damaged, or {hint}. "
                "Delete that folder to go on from the one before."
            ) from error
        return saved[-1]

    def _check_unsaved(self) -> None:
        begun = [folder for folder in (self.folder, *self.others) if _steps(folder)]
        if begun:
            raise ArtifactError(
                f"{', '.join(map(str, begun))} holds checkpoints, but no step was saved by all "
                f"{1 + len(self.others)} machines. Go on with as many machines as the run began "
                "with, or delete these folders to begin anew."
            )

    def _remove_old(self) -> None:
        common = self.steps()[-1:]  # what to go on from, until all have saved a later step
        for step in _steps(self.folder)[: -self.kept]:
            forever = self.keep_every and step % self.keep_every == 0
            if step not in common and not forever:
                shutil.rmtree(self.folder / f"{_PREFIX}{step:07d}")


def _read(state: tf.Module, path: Path) -> None:
    status = tf.train.Checkpoint(gan=state).read(str(path / _STATE))
    try:
        status.assert_consumed()
    except AssertionError:
        status.expect_partial()  # or TensorFlow lists every value when it ends
        raise


def _steps(folder: Path) -> list[int]:
    names = [path.name for path in folder.glob(f"{_PREFIX}*") if path.is_dir()]
    return sorted(int(name[len(_PREFIX) :]) for name in names if name[len(_PREFIX) :].isdigit())


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise EdgeganError(f"Cannot write the checkpoint {path}: {reason}.") from error


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
