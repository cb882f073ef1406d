"""The command line. Each command is a file here; heavy packages load inside them.

Exit codes are those of `edgegan.errors`, and 130 after Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Annotated

import typer

from edgegan import __version__
from edgegan.cli import app as app_command
from edgegan.cli import (
    bench,
    cache,
    compare,
    compress,
    data,
    demo,
    devices,
    doctor,
    evaluate,
    export,
    import_,
    inspect,
    report,
    run,
    train,
    verify,
)
from edgegan.cli.native_log import native_log_hidden
from edgegan.errors import EdgeganError

_INTERRUPTED = 130  # 128 + SIGINT, as shells count

app = typer.Typer(
    name="edgegan",
    help="Image-to-image GAN generators as small, fast, verified files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order of the work: a new command is one file beside these, and one line here.
app.command()(demo.demo)
app.add_typer(data.app, name="data")
app.add_typer(train.app, name="train")
app.command("eval")(evaluate.evaluate)
app.command("import")(import_.import_)
app.command()(compress.compress)
app.command()(export.export)
app.command()(verify.verify)
app.command()(run.run)
app.command()(bench.bench)
app.command()(compare.compare)
app.command()(report.report)
app.command()(inspect.inspect)
app.command()(devices.devices)
app.command()(doctor.doctor)
app.add_typer(cache.app, name="cache")
app.command("app")(app_command.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"edgegan {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", help="Show tracebacks and the log of native libraries; works anywhere."
        ),
    ] = False,
) -> None:
    """Image-to-image GAN generators as small, fast, verified files."""
    del version, debug  # --debug is taken by main, which needs it where errors arrive


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: an expected error is one line on stderr and its exit code.

    Args:
        arguments: What follows the program's name; None takes `sys.argv`.

    Raises:
        SystemExit: always, with the exit code.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        rest = [argument for argument in arguments if argument != "--debug"]
        with nullcontext() if debug else native_log_hidden():
            app(rest, prog_name="edgegan")
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            _print_error("interrupted.")
        raise
    except KeyboardInterrupt:
        _print_error("interrupted.")
        sys.exit(_INTERRUPTED)
    except EdgeganError as error:
        if debug:
            raise
        _print_error(str(error))
        sys.exit(error.exit_code)
    except Exception as error:
        if debug:
            raise
        _print_error(f"{type(error).__name__}: {error} (unexpected; --debug shows where).")
        sys.exit(EdgeganError.exit_code)


def _print_error(text: str) -> None:
    print(f"error: {' '.join(text.split())}", file=sys.stderr)
