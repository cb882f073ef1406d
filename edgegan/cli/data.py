"""`edgegan data`: look into a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgegan.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Look into a data set.")


@app.callback()
def data() -> None:
    """Look into a data set."""


@app.command()
def info(
    spec: Annotated[
        str,
        typer.Argument(
            help="Data set: emoji, tfds:NAME, or folder:PATH with trainA trainB testA testB; "
            "with labels: emoji-styles, celeba:PATH, classes:PATH or csv:PATH."
        ),
    ],
    sheet: Annotated[
        Path | None,
        typer.Option(help="Also write a contact sheet, such as data-emoji.png."),
    ] = None,
    json: Json = False,
) -> None:
    """Count and check the images of a data set.

    All are decoded, to find their sizes, unreadable ones, and those
    that are in two parts or twice in one, compared by their pixels.
    """
    from edgegan.cli.labeled_info import show_labeled
    from edgegan.cli.unpaired_info import show_unpaired
    from edgegan.data import UNPAIRED
    from edgegan.errors import unknown_name
    from edgegan.labeled_data import LABELED, is_labeled

    kind, separator, _ = spec.partition(":")
    known = (*UNPAIRED, *LABELED)
    if kind not in {name.partition(":")[0] for name in known} and (
        separator or not ("/" in spec or Path(spec).exists())
    ):
        raise unknown_name("data set", kind, known)
    if is_labeled(spec):
        show_labeled(spec, sheet, json)
    else:
        show_unpaired(spec, sheet, json)
