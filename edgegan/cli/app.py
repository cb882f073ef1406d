"""`edgegan app`: a complete starting point for an app around a generator."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

    from edgegan.export.app_models import AppModel


# What to do with the sources that are written for platforms with tools of their own.
_NEXT = {
    "android": "open {folder} in Android Studio, or run gradle assembleDebug there",
    "ios": "add {folder} to an app in Xcode, as its README.md tells",
    "c": "copy {folder} to the board; its README.md tells how to go on",
}
PLATFORMS = ("web", *_NEXT)

Artifacts = Annotated[
    list[Path],
    typer.Argument(
        help=".tflite files of one generator, or the .zip of export --preset phone; to --serve, an "
        "app that is there, too."
    ),
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
    """Write an app that runs a generator on phones or boards.

    web: an installable page that works offline, on WebGPU or WebAssembly; photos stay there.
    android: a Gradle project in Kotlin. ios: a Swift package. Both on LiteRT, GPU or CPU.
    c: a program on LiteRT's C API, for boards such as a Raspberry Pi.
    """
    _check_platform(platform, serve, runtime)
    if _is_web_app(artifacts):
        others = {"-o": output, "--title": title, "--litert-js": runtime, "--json": json}
        _serve_again(artifacts[0], serve, port, others)
        return
    models = _models(artifacts, "browser" if platform == "web" else "cpu")
    folder = output or artifacts[0].with_name(f"{artifacts[0].stem}-{platform}")
    _check_folder(folder)
    name = title or _title(models[0], artifacts[0])
    with _server(folder, port) if serve else nullcontext() as server:
        if platform == "web":
            written = _write_web(models, name, folder, runtime)
        else:
            written = _write_project(platform, models, name, folder)
        _tell(folder, written, platform, json, serve)
        if server:
            _serve(server)


def _check_platform(platform: str, serve: bool, runtime: Path | None) -> None:
    from edgegan.errors import UsageError, unknown_name

    if platform not in PLATFORMS:
        raise unknown_name("platform", platform, PLATFORMS)
    if platform == "web":
        return
    for option, given in (("--serve", serve), ("--litert-js", runtime is not None)):
        if given:
            raise UsageError(f"{option} is for --platform web, not for {platform}; leave it out.")


def _tell(folder: Path, written: list[Path], platform: str, json: bool, serve: bool) -> None:
    from edgegan import console

    if json:
        console.emit_json({"folder": str(folder), "files": [str(path) for path in written]})
        return
    console.result(f"Wrote the app, {len(written)} files, to {folder}")
    if platform in _NEXT:
        console.result(f"Next: {_NEXT[platform].format(folder=folder)}")
    elif not serve:
        console.result(
            f"Next: copy {folder} to any web host with https, or try it on this machine: "
            f"edgegan app {folder} --platform {platform} --serve"
        )


def _is_web_app(artifacts: list[Path]) -> bool:
    return all((artifacts[0] / name).is_file() for name in ("model.json", "index.html"))


def _serve_again(folder: Path, serve: bool, port: int, others: Mapping[str, object]) -> None:
    from edgegan.errors import UsageError

    if not serve:
        raise UsageError(f"{folder} is an app already; --serve serves it.")
    given = [option for option, value in others.items() if value]
    if given:
        raise UsageError(f"{folder} is an app already, and only served; leave {given[0]} out.")
    with _server(folder, port) as server:
        _serve(server)


def _models(artifacts: list[Path], target: str) -> list[AppModel]:
    from edgegan.export.app_models import open_models
    from edgegan.runtime.target_rules import require_fit

    models = open_models(artifacts)
    for model in models:
        require_fit(model.name, model.data, target)
    return models


def _title(model: AppModel, artifact: Path) -> str:
    source = model.manifest.source
    return Path(source.file if source else artifact).stem


def _check_folder(folder: Path) -> None:
    from edgegan.export.app_folder import check_folder

    check_folder(folder)


def _server(folder: Path, port: int) -> ThreadingHTTPServer:
    from edgegan.export.app_server import open_server

    return open_server(folder, port)


def _serve(server: ThreadingHTTPServer) -> None:
    from edgegan import console

    console.note(f"Open http://localhost:{server.server_port}/ (Ctrl-C ends).")
    with suppress(KeyboardInterrupt):
        server.serve_forever()


def _write_web(
    models: list[AppModel], title: str, folder: Path, runtime: Path | None
) -> list[Path]:
    from edgegan import console
    from edgegan.export.litert_js import litert_js
    from edgegan.export.web_app import write_web_app

    with console.progress("Fetching LiteRT.js", 1) as report:
        files = litert_js(runtime)
        report(1)
    return write_web_app(models, title, folder, files)


def _write_project(platform: str, models: list[AppModel], title: str, folder: Path) -> list[Path]:
    from edgegan.export.android_app import write_android_app
    from edgegan.export.c_app import write_c_app
    from edgegan.export.ios_app import write_ios_app

    writers = {"android": write_android_app, "ios": write_ios_app, "c": write_c_app}
    return writers[platform](models, title, folder)
