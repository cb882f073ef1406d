"""What `edgegan run` is asked for, and the generator opened for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgegan.runtime.domain_choice import Translate
    from edgegan.runtime.engine import Engine


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """The options of `edgegan run`, as they were given."""

    artifact: Path
    source: str
    output: Path
    domain: str | None
    source_domain: str | None
    backend: str | None
    threads: int | None
    trust: bool
    image_format: str | None
    recursive: bool
    force: bool


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The generator, and what it does with an image as asked for."""

    engine: Engine
    translate: Translate


def open_generator(request: RunRequest) -> Opened:
    """Open the artifact, choose the domain, and refuse wrong results.

    Raises:
        UsageError: there is no such artifact, backend or domain.
        ArtifactError: the artifact is damaged, or is not a generator.
        MissingRequirement: the backend's package, driver or device is absent.
        ParityError: the self-test failed.
    """
    from edgegan.runtime.domain_choice import choose_domain
    from edgegan.runtime.engine import load
    from edgegan.runtime.health import require_selftest

    engine = load(
        request.artifact,
        backend=request.backend,
        threads=request.threads,
        trust=request.trust,
    )
    translate = choose_domain(engine, request.domain, request.source_domain)
    require_selftest(engine)
    return Opened(engine=engine, translate=translate)
