"""`edgegan cache`: what is kept to be made but once, and how to shrink it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from edgegan.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="List or shrink what EdgeGAN keeps to save work.")


@app.command("ls")
def ls(json: Json = False) -> None:
    """List what is kept, the last used first."""
    from edgegan import console
    from edgegan.cache_entries import cache_entries
    from edgegan.cache_folder import cache_folder

    entries = cache_entries()
    if json:
        console.emit_json(
            {
                "folder": str(cache_folder("")),
                "entries": [
                    {
                        "path": str(entry.path),
                        "kind": entry.kind,
                        "about": entry.about,
                        "size_bytes": entry.size_bytes,
                        "used": entry.used,
                    }
                    for entry in entries
                ],
            }
        )
        return
    rows = [
        (entry.kind, entry.about, f"{entry.size_bytes / 1e6:.1f}", _day(entry.used))
        for entry in entries
    ]
    console.table(("kind", "what", "MB", "last used"), rows)
    total = sum(entry.size_bytes for entry in entries) / 1e6
    console.result(f"{len(entries)} entries, {total:.1f} MB, in {cache_folder('')}")


@app.command("prune")
def prune(
    max_size: Annotated[
        str | None, typer.Option(help="What may stay in all, such as 500M or 2G.")
    ] = None,
    older_than: Annotated[
        float | None, typer.Option(min=0, help="Remove what was not used for so many days.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Of one kind alone, such as engines; may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove all of it.")] = False,
    json: Json = False,
) -> None:
    """Remove what was not used for longest. All of it can be made again."""
    from edgegan import console
    from edgegan.cache_entries import cache_entries, remove, to_prune
    from edgegan.errors import UsageError
    from edgegan.export.engine_options import parse_bytes

    if max_size is None and older_than is None and not everything:
        raise UsageError("Say what to remove: --max-size, --older-than or --all.")
    limit = 0 if everything else parse_bytes(max_size) if max_size else None
    gone = to_prune(cache_entries(), limit, older_than, kind or ())
    remove(gone)
    freed = sum(entry.size_bytes for entry in gone)
    if json:
        console.emit_json({"removed": [str(entry.path) for entry in gone], "bytes": freed})
    else:
        console.result(f"Removed {len(gone)} entries, {freed / 1e6:.1f} MB.")


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")
