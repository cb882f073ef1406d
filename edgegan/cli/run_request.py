"""What `edgegan run` is asked for, and the generator opened for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgegan.runtime.domain_choice import Translate
    from edgegan.runtime.engine import Engine
    from edgegan.runtime.seams import SeamLog
    from edgegan.runtime.tile_grid import Tiling

AUTO = "auto"  # as --tile: the network's size


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """The options of `edgegan run`, as they were given."""

    artifact: Path
    source: str
    output: Path
    domain: str | None
    source_domain: str | None
    backend: str | None
    device: str | None
    threads: int | None
    trust: bool
    tile: str | None
    overlap: int | None
    image_format: str | None
    recursive: bool
    force: bool
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The generator, and what it does with an image as asked for.

    Attributes:
        engine: The generator, for pictures of its own size.
        translate: What is asked for of it.
        tiling: How pictures are cut for it; None: they are resized.
        seams: Gathers those of tiled pictures.
    """

    engine: Engine
    translate: Translate
    tiling: Tiling | None
    seams: SeamLog


def open_generator(request: RunRequest) -> Opened:
    """Open the artifact, choose tiles and domain, and refuse wrong results.

    Raises:
        UsageError: there is no such artifact, backend, tile or domain.
        ArtifactError: the artifact is damaged, or is not a generator.
        MissingRequirement: the backend's package, driver or device is absent.
        ParityError: the self-test failed.
    """
    from edgegan.runtime.domain_choice import choose_domain
    from edgegan.runtime.engine import load
    from edgegan.runtime.health import require_selftest
    from edgegan.runtime.seams import SeamLog
    from edgegan.runtime.tiled_engine import TiledEngine

    engine = load(
        request.artifact,
        backend=request.backend,
        device=request.device,
        threads=request.threads,
        trust=request.trust,
    )
    tiling, seams = _tiling(request, engine), SeamLog()
    whole = TiledEngine(engine, tiling, seams) if tiling else engine
    translate = choose_domain(whole, request.domain, request.source_domain)
    require_selftest(engine)
    return Opened(engine=engine, translate=translate, tiling=tiling, seams=seams)


def _tiling(request: RunRequest, engine: Engine) -> Tiling | None:
    from edgegan.errors import UsageError
    from edgegan.export.targets import parse_size
    from edgegan.runtime.tiled_engine import choose_tiling

    if request.tile is None:
        if request.overlap is not None:
            raise UsageError("--overlap is that of tiles; add --tile.")
        return None
    size = None if request.tile == AUTO else parse_size(request.tile)
    return choose_tiling(engine, size, request.overlap)


def require_one_picture(request: RunRequest) -> None:
    """Refuse what has a meaning for image files alone.

    Raises:
        UsageError: a sheet of all domains, or a format of images, is asked for.
    """
    from edgegan.domains import ALL
    from edgegan.errors import UsageError

    if request.domain == ALL:
        raise UsageError(
            f"--domain {ALL} makes a sheet of one image; choose one domain for a video or a camera."
        )
    if request.image_format is not None:
        raise UsageError("--format is that of images; the suffix of -o chooses a video's.")
