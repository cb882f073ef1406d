"""`edgegan run`: translate an image, or a folder of images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edgegan.cli.options import Artifact, Backend, Json, Threads, Trust

if TYPE_CHECKING:
    from edgegan.runtime.engine import Engine
    from edgegan.runtime.translate import Translation

WantedDomain = Annotated[
    str | None,
    typer.Option(
        "--domain",
        help="What a multi-domain generator is asked for, such as Blond_Hair=1,Male=0; or all, "
        "for a sheet of every domain.",
        show_default=False,
    ),
]
SourceDomain = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="What is known of the images, such as Male=1; what neither option tells is as in "
        "most of the training images.",
        show_default=False,
    ),
]


def run(
    artifact: Artifact,
    source: Annotated[Path, typer.Argument(help="An image, or a folder of images.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The image or the folder to write.")
    ],
    domain: WantedDomain = None,
    source_domain: SourceDomain = None,
    backend: Backend = None,
    threads: Threads = None,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Translate an image, or all images of a folder.

    The results have the network's size. In a folder, files that are no readable image are
    skipped and listed.
    """
    from edgegan.atomic import ensure_writable
    from edgegan.console import emit_json, progress
    from edgegan.runtime.domain_choice import choose_domain
    from edgegan.runtime.engine import load
    from edgegan.runtime.health import require_selftest
    from edgegan.runtime.translate import plan, translate

    jobs = plan(source, output)
    engine = load(artifact, backend=backend, threads=threads, trust=trust)
    translator = choose_domain(engine, domain, source_domain)
    require_selftest(engine)
    ensure_writable(jobs[0].destination.parent)
    with progress("Translating", len(jobs)) as report:
        translation = translate(translator, jobs, report)
    _fail_without_results(source, translation)
    if json:
        emit_json({**_as_json(artifact, engine, translation), "domain": domain})
    else:
        _print_summary(translation)


def _fail_without_results(source: Path, translation: Translation) -> None:
    from edgegan.console import note
    from edgegan.data import skipped_summary
    from edgegan.errors import DataError, ImageError

    if not translation.written and source.is_file():
        raise ImageError(translation.skipped[0].reason)
    for line in skipped_summary(translation.skipped):
        note(line)
    if not translation.written:
        raise DataError(f"None of the {len(translation.skipped)} files of {source} was translated.")


def _print_summary(translation: Translation) -> None:
    from edgegan.console import result

    written = translation.written
    if len(written) == 1:
        result(f"Wrote {written[0]}")
    else:
        result(f"Wrote {len(written)} images, {written[0]} to {written[-1]}")


def _as_json(artifact: Path, engine: Engine, translation: Translation) -> dict[str, Any]:
    return {
        "artifact": str(artifact),
        "backend": engine.info.backend,
        "threads": engine.info.threads,
        "written": [str(path) for path in translation.written],
        "skipped": [
            {"file": str(item.path), "reason": item.reason} for item in translation.skipped
        ],
    }
