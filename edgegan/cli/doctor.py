"""`edgegan doctor`: what is missing here, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.runtime.checks import Check
    from edgegan.runtime.doctor import Diagnosis

_COLUMNS = ("", "check", "found", "needed", "fix")
_MARKS = {"ok": "ok", "note": "note", "missing": "MISSING"}


def doctor(
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            "-t",
            help="tflite, onnx, openvino, tensorrt, tensorrt-rtx, train or export; without it, "
            "all are listed.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check what a target needs, and tell how to get what is missing (exit code 3)."""
    from edgegan.console import emit_json, table
    from edgegan.runtime.doctor import diagnose

    found = diagnose(target)
    if json:
        emit_json(as_json(found))
    else:
        table(_COLUMNS, [_row(check) for check in found.checks])
        if found.target is None:
            table(
                ("target", "ready", "missing"), [_target_row(*one) for one in found.missing.items()]
            )
    _raise_if_missing(found)


def as_json(found: Diagnosis) -> dict[str, Any]:
    """Turn the findings into what `--json` prints."""
    from dataclasses import asdict

    return {
        "target": found.target,
        "checks": [asdict(check) for check in found.checks],
        "targets": {
            name: {"ready": not missing, "missing": list(missing)}
            for name, missing in found.missing.items()
        },
    }


def _row(check: Check) -> list[str]:
    return [_MARKS[check.status], check.name, check.found, check.needed, check.fix]


def _target_row(name: str, missing: tuple[str, ...]) -> list[str]:
    return [name, "no" if missing else "yes", ", ".join(missing)]


def _raise_if_missing(found: Diagnosis) -> None:
    from edgegan.errors import MissingRequirement

    if found.target is None or not found.missing[found.target]:
        return
    missing = found.missing[found.target]
    fixes = dict.fromkeys(c.fix for c in found.checks if c.name in missing and c.fix)
    raise MissingRequirement(
        f"{found.target} cannot be used here; missing: {', '.join(missing)}. "
        f"To mend it: {'; '.join(fixes)}."
    )
