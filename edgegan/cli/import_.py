"""`edgegan import`: make a generator of somebody else's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.train.foreign import ImportOptions
    from edgegan.train.foreign_import import Imported

_DIRECTIONS = {"ab": "A2B", "ba": "B2A"}

Domains = Annotated[
    str | None,
    typer.Option(
        help="Of a StarGAN: what its label stands for, such as hair:Blond,hair:Black,Male=1. "
        "hair:Blond is one of a group, class::cat one of which one is always set, =1 a default; "
        "a semicolon begins the domains of another data set.",
        show_default=False,
    ),
]


def import_(
    source: Annotated[
        Path, typer.Argument(help="A .pth, .ckpt, .h5 or .keras file, SavedModel or checkpoint.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .keras file to write.")],
    family: Annotated[
        str | None, typer.Option(help="cyclegan or stargan; default: what the file is.")
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option(
            help="Of a CycleGAN: ab or ba; default: ba if the name ends in G_B, else ab.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            help="Image size; default: the file's, else 256 (StarGAN: 128).", show_default=False
        ),
    ] = None,
    domains: Domains = None,
    licence: Annotated[
        str | None,
        typer.Option(help="Licence of the file, for the manifest: a text, or a file with it."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing generator.")] = False,
    json: Json = False,
) -> None:
    """Make a generator of a file of PyTorch or Keras, compared with its source."""
    from edgegan.errors import UsageError, unknown_name
    from edgegan.optional import needs

    if direction is not None and direction not in _DIRECTIONS:
        raise unknown_name("direction", direction, _DIRECTIONS)
    if output.suffix != ".keras":
        raise UsageError(f"The generator {output} must be named .keras.")
    if output.exists() and not force:
        raise UsageError(f"{output} exists. Replace it by --force, or choose another name.")
    options = _options(family, size, domains)
    with needs("train"):
        from edgegan.train.foreign_import import import_generator
    done = import_generator(
        source, output, options, _DIRECTIONS.get(direction or ""), _licence(licence)
    )
    _tell(done, output, json)


def _options(family: str | None, size: int | None, domains: str | None) -> ImportOptions:
    from typing import cast, get_args

    from edgegan.domains import declare_domains
    from edgegan.errors import unknown_name
    from edgegan.generator import Family
    from edgegan.optional import needs

    if family is not None and family not in get_args(Family):
        raise unknown_name("family", family, get_args(Family))
    with needs("train"):
        from edgegan.train.foreign import ImportOptions
    return ImportOptions(
        family=cast("Family | None", family),
        size=size,
        domains=declare_domains(domains) if domains else None,
    )


def _licence(given: str | None) -> str | None:
    """Read the licence from the file that is given; anything else is the text itself."""
    if given is None:
        return None
    path = Path(given)
    return path.read_text(errors="replace") if len(given) < 256 and path.is_file() else given


def _tell(done: Imported, output: Path, as_json: bool) -> None:
    from edgegan import console
    from edgegan.manifest import manifest_path
    from edgegan.runtime.domain_choice import describe_domains

    manifest, foreign = done.manifest, done.foreign
    if as_json:
        console.emit_json(
            {
                "path": str(output),
                "manifest": str(manifest_path(output)),
                "framework": foreign.framework,
                "layout": foreign.layout,
                "max_abs_difference": done.difference,
            }
        )
        return
    console.result(f"{foreign.framework}: {foreign.layout}")
    if manifest.task and manifest.task.domains:
        console.result(f"Domains: {describe_domains(manifest.task.domains)}")
    if done.difference is None:
        console.note(f"Not compared with {foreign.framework}: {foreign.note}")
    else:
        console.result(
            f"Compared with {foreign.framework}: max abs difference {done.difference:.2g}, of "
            "outputs in [-1, 1]"
        )
    if not manifest.options.get("licence"):
        console.note("No licence is on record; --licence puts one into the manifest.")
    console.result(f"Wrote {output} ({manifest.params:,} parameters), with its manifest")
    console.result(f"Next: edgegan export {output} --target tflite --precision int8-dynamic")
