"""Import: a foreign file becomes a generator of EdgeGAN, compared with what it came from.

Every file kind has a reader, chosen by the path. The generator is written only after its
outputs were compared with those of the source's framework, where that is at hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.domains import Domain
from edgegan.errors import ParityError, UsageError
from edgegan.manifest import Manifest, Source, sha256
from edgegan.selftest import selftest_input, selftest_label
from edgegan.train.foreign import ForeignGenerator, ImportOptions
from edgegan.train.generator_file import Origin, save_generator

LARGEST_DIFFERENCE = 1e-3  # of outputs in [-1, 1]; float32 itself leaves about 1e-5
_KERAS = (".keras", ".h5", ".hdf5")
_TORCH = (".pth", ".pt", ".ckpt")


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of an import.

    Attributes:
        manifest: Of the generator that was written.
        foreign: What was read.
        difference: Largest absolute difference to the source framework's outputs, which are
            in [-1, 1]; None if it is not at hand.
    """

    manifest: Manifest
    foreign: ForeignGenerator
    difference: float | None


def read_foreign(path: Path, options: ImportOptions, direction: str = "A2B") -> ForeignGenerator:
    """Read a generator with the reader for its kind of file.

    Args:
        path: A file, or the folder or name that its format goes by.
        options: What the file leaves open.
        direction: "A2B" or "B2A": which of the networks, where a Keras file holds both.

    Raises:
        UsageError: there is no such file, or no reader for it, or `options` do not fit.
        MissingRequirement: the reader needs a package that is not installed.
        ArtifactError: the file is damaged, would run code, or is no generator that we know.
    """
    if _is_keras(path):
        from edgegan.train.foreign_keras import read_keras_generator

        return read_keras_generator(path, options, direction)
    if not path.exists():
        raise UsageError(f"{path} does not exist.")
    if path.is_file() and path.suffix in _TORCH:
        from edgegan.train.foreign_torch import read_torch_generator

        return read_torch_generator(path, options)
    raise UsageError(
        f"{path} is of no kind that can be imported: expected weights of PyTorch "
        f"({', '.join(_TORCH)}), a Keras file ({', '.join(_KERAS)}), a SavedModel folder or a "
        "TensorFlow checkpoint (the name before .index)."
    )


def import_generator(
    source: Path,
    output: Path,
    options: ImportOptions,
    direction: str | None = None,
    licence: str | None = None,
) -> Imported:
    """Read a foreign generator, compare it with its source, and write it.

    Args:
        source: The foreign file.
        output: Where to write; ends in `.keras`.
        options: What the file leaves open.
        direction: "A2B" or "B2A", of a CycleGAN; None takes what the file's name tells, else
            "A2B".
        licence: Its licence, for the manifest.

    Raises:
        UsageError: a path or an option cannot be right.
        ArtifactError: the file is refused.
        ParityError: the outputs differ; nothing is written.
    """
    foreign = read_foreign(source, options, direction or _direction(source))
    if foreign.family == "stargan" and direction is not None:
        raise UsageError(f"{source} is a StarGAN, which has no direction; leave out --direction.")
    difference = compare(foreign)
    if difference is not None and not difference <= LARGEST_DIFFERENCE:
        raise ParityError(
            f"The generator differs by {difference:.3g} from what {foreign.framework} makes of "
            f"{source}; at most {LARGEST_DIFFERENCE} is allowed. Nothing was written."
        )
    told: dict[str, Any] = {
        "framework": foreign.framework,
        "layout": foreign.layout,
        "max_abs_difference": difference,
        "licence": licence,
    }
    origin = Origin(family=foreign.family, source=_source(source), options=told)
    place = "G" if foreign.family == "stargan" else direction or _direction(source)
    manifest = save_generator(foreign.model, output, foreign.config, place, origin=origin)
    return Imported(manifest=manifest, foreign=foreign, difference=difference)


def compare(foreign: ForeignGenerator) -> float | None:
    """Measure the largest difference to the source framework, for the self-test's image."""
    if foreign.reference is None:
        return None
    model = foreign.model
    image = selftest_input((1, *model.inputs[0].shape[1:]))
    if len(model.inputs) == 1:
        return _largest(model(image, training=False), foreign.reference(image, None))
    domains: Sequence[Domain] = foreign.config.domains if foreign.config else ()
    label = selftest_label(domains, model.inputs[1].shape[-1])[None]
    return _largest(model([image, label], training=False), foreign.reference(image, label))


def _largest(ours: Any, theirs: Any) -> float:
    return float(np.abs(np.asarray(ours) - theirs).max())


def _is_keras(path: Path) -> bool:
    if path.is_dir():
        return (path / "saved_model.pb").is_file() or len(list(path.glob("*.index"))) == 1
    checkpoint = _is_part(path) or path.with_name(f"{path.name}.index").is_file()
    return checkpoint or (path.is_file() and path.suffix in _KERAS)


def _is_part(path: Path) -> bool:
    """Tell whether it is one of the files of a checkpoint."""
    return path.suffix == ".index" or path.suffix.startswith(".data-")


def _direction(source: Path) -> str:
    """Read the direction off the name: the reference calls its generators G_A and G_B."""
    return "B2A" if source.stem.endswith(("G_B", "B2A")) else "A2B"


def _source(path: Path) -> Source:
    """Hash a file; of a folder or a checkpoint, the names and hashes of all its files."""
    if path.is_file() and not _is_part(path):
        return Source(file=path.name, sha256=sha256(path))
    prefix = path.with_suffix("") if _is_part(path) else path
    files = path.rglob("*") if path.is_dir() else prefix.parent.glob(f"{prefix.name}.*")
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        digest.update(f"{file.relative_to(prefix.parent).as_posix()} {sha256(file)}\n".encode())
    return Source(file=prefix.name, sha256=digest.hexdigest())
