"""`edgegan app`: a complete starting point for an app around a generator."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

    from edgegan.export.app_models import AppModel

PLATFORMS = ("web",)

Artifacts = Annotated[
    list[Path],
    typer.Argument(help=".tflite files of one generator, or the .zip of export --preset phone."),
]
Platform = Annotated[str, typer.Option(help=f"{', '.join(PLATFORMS)}.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder to make; default: <artifact>-<platform>."),
]
Title = Annotated[
    str | None, typer.Option(help="What the app is called; default: the generator's name.")
]
LiteRTJs = Annotated[
    Path | None,
    typer.Option(
        "--litert-js", help="A node_modules/@litertjs folder; by default npm fetches it once."
    ),
]
Serve = Annotated[bool, typer.Option("--serve", help="Serve it on this machine until Ctrl-C.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="To serve on; 0 takes a free one.")]


def app(
    artifacts: Artifacts,
    platform: Platform,
    output: Output = None,
    title: Title = None,
    runtime: LiteRTJs = None,
    serve: Serve = False,
    port: Port = 8000,
    json: Json = False,
) -> None:
    """Write an app that runs a generator on phones.

    web: an installable page that works offline, on WebGPU or WebAssembly; photos stay there.
    """
    from edgegan import console

    models = _models(artifacts, platform)
    folder = output or artifacts[0].with_name(f"{artifacts[0].stem}-{platform}")
    with _server(folder, port) if serve else nullcontext() as server:
        written = _write(models, title or _title(models[0], artifacts[0]), folder, runtime)
        if json:
            console.emit_json({"folder": str(folder), "files": [str(path) for path in written]})
        else:
            console.result(f"Wrote the app, {len(written)} files, to {folder}")
        if server:
            console.note(f"Open http://localhost:{server.server_port}/ (Ctrl-C ends).")
            with suppress(KeyboardInterrupt):
                server.serve_forever()
        elif not json:
            console.result(
                f"Next: copy {folder} to any web host with https, or try it on this machine: "
                f"python -m http.server -d {folder}"
            )


def _models(artifacts: list[Path], platform: str) -> list[AppModel]:
    from edgegan.errors import unknown_name
    from edgegan.export.app_models import open_models
    from edgegan.runtime.target_rules import require_fit

    if platform not in PLATFORMS:
        raise unknown_name("platform", platform, PLATFORMS)
    models = open_models(artifacts)
    for model in models:
        require_fit(model.name, model.data, "browser")
    return models


def _title(model: AppModel, artifact: Path) -> str:
    source = model.manifest.source
    return Path(source.file if source else artifact).stem


def _server(folder: Path, port: int) -> ThreadingHTTPServer:
    from edgegan.export.app_server import open_server
    from edgegan.export.web_app import check_folder

    check_folder(folder)
    return open_server(folder, port)


def _write(models: list[AppModel], title: str, folder: Path, runtime: Path | None) -> list[Path]:
    from edgegan import console
    from edgegan.export.litert_js import litert_js
    from edgegan.export.web_app import check_folder, write_web_app

    check_folder(folder)
    with console.progress("Fetching LiteRT.js", 1) as report:
        files = litert_js(runtime)
        report(1)
    return write_web_app(models, title, folder, files)
