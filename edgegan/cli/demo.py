"""`edgegan demo`: the whole way once, in a few minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.demo.report import DemoResult
    from edgegan.demo.steps import DemoFolder
    from edgegan.train.config import CycleGANConfig
    from edgegan.train.paired_quality import PairedQuality


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")] = Path(
        "demo"
    ),
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting, such as train.steps=500."),
    ] = None,
    json: Json = False,
) -> None:
    """Train small on the embedded emoji, export, verify, bench, and write a report."""
    from edgegan import console
    from edgegan.data import open_unpaired
    from edgegan.errors import Interrupted
    from edgegan.optional import needs

    with needs("all"):
        import tensorrt_rtx  # noqa: F401  the demo shows every target

        from edgegan.demo import steps
        from edgegan.demo.report import DemoResult, write_report
        from edgegan.train.config import load_config
    folder = steps.DemoFolder(output)
    config = load_config(steps.PRESET, changes or [])
    _check(config)
    data = open_unpaired(config.data.spec)
    with console.progress("Training", config.train.steps) as report:
        fitted = steps.train(folder, config, data, report)
    if not fitted.finished:
        raise Interrupted(
            f"Stopped after step {fitted.steps}; the same command goes on from there."
        )
    with console.progress("Exporting", len(steps.TARGETS)) as report:
        exported = steps.export(folder, config, report)
    named = steps.translators(folder, exported)
    with console.progress("Comparing", len(named) + 2) as report:
        rows = steps.quality(data, named, config.generator.image_size, report)
    with console.progress("Benchmarking", steps.benchmark_steps(exported)) as report:
        benched = steps.benchmark(exported, report)
    result = DemoResult(
        config=config, data=data, exported=exported, named=named, rows=rows, benched=benched
    )
    write_report(folder, result)
    _tell(folder, result, json)


def _check(config: CycleGANConfig) -> None:
    from edgegan.errors import UsageError

    if config.data.spec != "emoji" or config.train.steps < 1:
        raise UsageError(
            "The demo trains on the embedded emoji for at least one step; for other data use "
            "edgegan train cyclegan --data ..."
        )


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
        columns = ("distance to the true Twemoji", *MEASURES)
        rows = [(row.name, *(f"{row.mean(m):.4f}" for m in MEASURES)) for row in result.rows]
        console.table(columns, rows)
        for line in verdict(result.rows):
            console.result(line)
        console.result(f"Wrote {folder.report}. Next:")
        for command in next_commands(folder, result.exported):
            console.result(f"  {command}")
    errors = [one.error for one in result.exported if one.error is not None]
    if errors:
        raise errors[0]


def _as_json(row: PairedQuality) -> dict[str, object]:
    measures = {name: {"mean": row.mean(name), "ci": row.interval(name)} for name in row.distances}
    return {"name": row.name, **measures}
