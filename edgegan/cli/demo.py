"""`edgegan demo`: the whole way once, in a few minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.demo.report import DemoResult
    from edgegan.demo.steps import DemoFolder
    from edgegan.train.paired_quality import PairedQuality


def demo(
    family: Annotated[
        str, typer.Option(help="cyclegan (Noto to Twemoji) or stargan (between three styles).")
    ] = "cyclegan",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder to write to; by default demo, or demo-stargan.",
            show_default=False,
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting, such as train.steps=500."),
    ] = None,
    json: Json = False,
) -> None:
    """Train small on the embedded emoji, export, verify, bench, and write a report."""
    from edgegan import console
    from edgegan.errors import Interrupted
    from edgegan.optional import needs

    with needs("all"):
        import tensorrt_rtx  # noqa: F401  the demo shows every target

        from edgegan.demo import steps
        from edgegan.demo.report import DemoResult, write_report
    shown = steps.open_demo(family, changes or [])
    folder = steps.DemoFolder(output or steps.FOLDERS[family])
    with console.progress("Training", shown.config.train.steps) as report:
        fitted = steps.train(folder, shown, report)
    if not fitted.finished:
        raise Interrupted(
            f"Stopped after step {fitted.steps}; the same command goes on from there."
        )
    with console.progress("Exporting", len(steps.TARGETS)) as report:
        exported = steps.export(folder, shown, report)
    named = steps.translators(folder, shown, exported)
    with console.progress("Comparing", steps.quality_steps(shown, named)) as report:
        rows = steps.quality(shown, named, report)
    with console.progress("Benchmarking", steps.benchmark_steps(exported)) as report:
        benched = steps.benchmark(exported, report)
    result = DemoResult(demo=shown, exported=exported, named=named, rows=rows, benched=benched)
    write_report(folder, result)
    _tell(folder, result, json)


def _tell(folder: DemoFolder, result: DemoResult, as_json: bool) -> None:
    from edgegan import console
    from edgegan.demo.report import next_commands, verdict
    from edgegan.train.paired_quality import MEASURES

    if as_json:
        console.emit_json(
            {
                "report": str(folder.report),
                "artifacts": [
                    {"path": str(one.path), "status": one.status} for one in result.exported
                ],
                "quality": [_as_json(row) for row in result.rows],
            }
        )
    else:
        columns = (f"distance to the {result.demo.truth}", *MEASURES)
        rows = [(row.name, *(f"{row.mean(m):.4f}" for m in MEASURES)) for row in result.rows]
        console.table(columns, rows)
        for line in verdict(result.rows):
            console.result(line)
        console.result(f"Wrote {folder.report}. Next:")
        for command in next_commands(folder, result):
            console.result(f"  {command}")
    errors = [one.error for one in result.exported if one.error is not None]
    if errors:
        raise errors[0]


def _as_json(row: PairedQuality) -> dict[str, object]:
    measures = {name: {"mean": row.mean(name), "ci": row.interval(name)} for name in row.distances}
    return {"name": row.name, **measures}
