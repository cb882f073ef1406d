"""Two generators that can be compared: opened, of one size, asked for the same.

TensorFlow is loaded only for `.keras` files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.domains import Domain
from edgegan.errors import ParityError, UsageError
from edgegan.export.labels import Choice, label_choices
from edgegan.export.parity import Translator
from edgegan.optional import needs
from edgegan.runtime.engine import Engine, load
from edgegan.runtime.health import selftest_failure
from edgegan.runtime.image_io import input_size
from edgegan.runtime.label import label_entries


@dataclass(frozen=True, kw_only=True)
class Side:
    """A generator to compare: its file, and the backend that runs it (None: the default)."""

    path: Path
    backend: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ParityPair:
    """A reference and a candidate.

    Attributes:
        reference: What is right.
        candidate: What is checked.
        size: (H, W) of the images to feed both with.
        choices: The labels to cover; [("", None)] if neither takes one.
        engines: Those that were opened: the reference's and the candidate's.
    """

    reference: Translator
    candidate: Translator
    size: tuple[int, int]
    choices: Sequence[Choice]
    engines: tuple[Engine, Engine]

    @property
    def is_whole(self) -> bool:
        """Whether all that the candidate can be asked for is compared."""
        reference, candidate = (label_entries(engine.info.io) for engine in self.engines)
        return candidate == 0 or reference > 0

    @property
    def direction(self) -> str:
        """What the candidate does, else the reference: "A2B", "B2A", ..."""
        tasks = [engine.info.task for engine in reversed(self.engines)]
        return next((task.direction for task in tasks if task), "A2B")

    def require_selftests(self, reference: Path, candidate: Path) -> None:
        """Refuse a file whose backend does not compute here what its manifest promises.

        Raises:
            ParityError: naming it.
        """
        for path, engine in zip((reference, candidate), self.engines, strict=True):
            failure = selftest_failure(engine, engine.manifest) if engine.manifest else None
            if failure:
                raise ParityError(
                    f"{path} gives wrong results here: {failure}. Try another backend, or export "
                    "it again."
                )

    def close(self) -> None:
        """Free both engines."""
        for engine in self.engines:
            engine.close()


def open_pair(reference: Side, candidate: Side, size: tuple[int, int] | None = None) -> ParityPair:
    """Open two generators.

    Args:
        reference: A Keras generator, which runs at any size, or an artifact.
        candidate: An artifact, whose size decides, or a Keras generator.
        size: (H, W) to compare at if neither file fixes it.

    Raises:
        UsageError: a file does not exist, the sizes do not agree, or the domains do not.
        ArtifactError: a file is damaged, or is not a generator.
        MissingRequirement: what runs a file is not installed.
    """
    found = load(candidate.path, candidate.backend)
    right = load(reference.path, reference.backend)
    shared = _size(candidate.path, found, right, size)
    return ParityPair(
        reference=_at_size(reference.path, right, shared),
        candidate=translator(found),
        size=shared,
        choices=_choices(right, found),
        engines=(right, found),
    )


def translator(engine: Engine) -> Translator:
    """Make an engine take a label in any case: one that takes none leaves it out."""
    if label_entries(engine.info.io):
        return engine
    return lambda image, label: engine(image)


def _size(
    candidate: Path, found: Engine, right: Engine, size: tuple[int, int] | None
) -> tuple[int, int]:
    fixed = input_size(found.info.io)
    if fixed and size and fixed != size:
        raise UsageError(f"{candidate} takes images of {_text(fixed)}; leave out --size.")
    shared = fixed or size or input_size(right.info.io)
    if shared is None:
        raise UsageError("Both files take images of any size; choose one with --size.")
    return shared


def _at_size(path: Path, engine: Engine, size: tuple[int, int]) -> Translator:
    fixed = input_size(engine.info.io)
    if fixed in (None, size):
        return translator(engine)
    if engine.info.backend != "keras":
        raise UsageError(
            f"The reference {path} takes images of {_text(fixed or size)}, and the candidate of "
            f"{_text(size)}. Compare files of one size, or name the Keras generator (.keras) as "
            "reference, which runs at any size."
        )
    with needs("train"):
        from edgegan.export.keras_reference import keras_at_size
    return keras_at_size(path, size)


def _choices(reference: Engine, candidate: Engine) -> list[Choice]:
    """List the labels to compare with: of every domain, or of one that is baked in."""
    right, found = (label_entries(engine.info.io) for engine in (reference, candidate))
    if right and found:
        if right != found:
            raise UsageError(
                f"The reference takes a label of {right} entries, and the candidate of {found}; "
                "they are not made from one generator."
            )
        return label_choices(right, _shared_domains(reference, candidate))
    if not right and not found:
        return [("", None)]
    labelled, baked = (reference, candidate) if right else (candidate, reference)
    if baked.info.task is None or not _domains(labelled):
        raise UsageError(
            "One file takes a label and the other none, and nothing tells which domain the latter "
            "was made for. Bring the manifests (the file's name and .json) of both."
        )
    return label_choices(right or found, _domains(labelled), baked.info.task.direction)


def _shared_domains(reference: Engine, candidate: Engine) -> tuple[Domain, ...]:
    domains, others = _domains(reference), _domains(candidate)
    names, other_names = ([domain.name for domain in some] for some in (domains, others))
    if names and other_names and names != other_names:
        raise UsageError(
            f"The reference has the domains {', '.join(names)}, and the candidate "
            f"{', '.join(other_names)}; only generators of the same domains can be compared."
        )
    return domains or others


def _domains(engine: Engine) -> tuple[Domain, ...]:
    return engine.info.task.domains if engine.info.task else ()


def _text(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
