"""`edgegan run`: translate an image, or a folder of images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgegan.cli.options import Artifact, Backend, Json, Threads, Trust
from edgegan.cli.run_images import plan_images, run_images
from edgegan.cli.run_request import RunRequest, open_generator
from edgegan.cli.run_summary import tell

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
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="png, jpg or webp; by default that of -o, if it is a file, else png.",
        show_default=False,
    ),
]
Recursive = Annotated[
    bool, typer.Option("--recursive/--no-recursive", help="Take a folder's sub-folders, too.")
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Make all images of a folder anew, also those that are there."),
]


def run(
    artifact: Artifact,
    source: Annotated[str, typer.Argument(help="An image, or a folder of images.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The image or the folder to write.")
    ],
    domain: WantedDomain = None,
    source_domain: SourceDomain = None,
    backend: Backend = None,
    threads: Threads = None,
    trust: Trust = False,
    image_format: Format = None,
    recursive: Recursive = True,
    force: Force = False,
    json: Json = False,
) -> None:
    """Translate an image, or all images of a folder.

    The results have the network's size. In a folder, files that are no readable image are
    skipped and listed, and what an earlier run has made is not made again.
    """
    request = RunRequest(
        artifact=artifact,
        source=source,
        output=output,
        domain=domain,
        source_domain=source_domain,
        backend=backend,
        threads=threads,
        trust=trust,
        image_format=image_format,
        recursive=recursive,
        force=force,
    )
    jobs = plan_images(request)  # what cannot be right is refused before the slow part
    opened = open_generator(request)
    tell(request, opened, run_images(request, jobs, opened), json)
