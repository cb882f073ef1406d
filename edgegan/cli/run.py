"""`edgegan run`: translate an image, a folder of images, a video, or what a camera sees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgegan.cli.options import Artifact, Backend, Device, Json, Threads, Trust
from edgegan.cli.run_camera import run_camera
from edgegan.cli.run_images import run_images
from edgegan.cli.run_request import RunRequest
from edgegan.cli.run_summary import tell
from edgegan.cli.run_video import run_video

Source = Annotated[
    str,
    typer.Argument(
        help="An image, a folder of images, a video file, or camera (camera:1, /dev/video1)."
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file or the folder to write.")]
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
Tile = Annotated[
    str | None,
    typer.Option(
        help="Keep the picture's size, and translate it by tiles of this one, such as 256 or "
        "256x512, which must be the network's (auto) if that is fixed.",
        show_default=False,
    ),
]
Overlap = Annotated[
    int | None,
    typer.Option(
        min=0, help="Pixels that tiles overlap by; by default a quarter.", show_default=False
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
Seconds = Annotated[
    float | None,
    typer.Option(min=0.1, help="How long to record a camera.", show_default=False),
]

_RUN = {"images": run_images, "video": run_video, "camera": run_camera}


def run(
    artifact: Artifact,
    source: Source,
    output: Output,
    domain: WantedDomain = None,
    source_domain: SourceDomain = None,
    backend: Backend = None,
    device: Device = None,
    threads: Threads = None,
    trust: Trust = False,
    tile: Tile = None,
    overlap: Overlap = None,
    image_format: Format = None,
    recursive: Recursive = True,
    force: Force = False,
    seconds: Seconds = None,
    json: Json = False,
) -> None:
    """Translate an image, all images of a folder, a video, or what a camera sees.

    The results have the network's size, or with --tile that of the source. In a folder,
    files that are no readable image are skipped and listed, and what an earlier run has made
    is not made again. A camera is recorded until Ctrl-C.
    """
    from edgegan.runtime.sources import source_kind

    request = RunRequest(
        artifact=artifact,
        source=source,
        output=output,
        domain=domain,
        source_domain=source_domain,
        backend=backend,
        device=device,
        threads=threads,
        trust=trust,
        tile=tile,
        overlap=overlap,
        image_format=image_format,
        recursive=recursive,
        force=force,
        seconds=seconds,
    )
    opened, outcome = _RUN[source_kind(source)](request)
    opened.engine.close()
    tell(request, opened, outcome, json)
