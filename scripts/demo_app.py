"""Make the web app of each generator in examples/models/, and open a page of them.

    python scripts/demo_app.py          (make demo-app)

Each generator is exported by `edgegan export --preset phone` and embedded by `edgegan app`, below
demo-app/; apps of the same generators that are there are kept. The page is served on this
machine until Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import webbrowser
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from edgegan import console
from edgegan.atomic import write_text
from edgegan.errors import EdgeganError
from edgegan.export.app_server import open_server
from edgegan.manifest import sha256

MODELS = Path(__file__).resolve().parents[1] / "examples" / "models"
FREE = "Noto Emoji (Apache-2.0) and Twemoji (CC-BY 4.0)"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A generator of examples/models/.

    Attributes:
        file: Its name there, without `.keras`.
        title: What its app is called.
        licence: What it was trained on, and its licence where that asks for one.
    """

    file: str
    title: str
    licence: str


EXAMPLES = (
    Example(file="cyclegan-emoji-A2B", title="Noto to Twemoji", licence=f"Learned from {FREE}."),
    Example(file="cyclegan-emoji-B2A", title="Twemoji to Noto", licence=f"Learned from {FREE}."),
    Example(
        file="cyclegan-emoji-w12-A2B",
        title="Noto to Twemoji, small",
        licence=f"The same with a sixth of the multiplications. Learned from {FREE}.",
    ),
    Example(
        file="stargan-emoji-G",
        title="Three styles",
        licence="Learned from Twemoji (CC-BY 4.0), OpenMoji (CC BY-SA 4.0) and Fluent Emoji (MIT); "
        "shared under CC BY-SA 4.0.",
    ),
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>EdgeGAN on a phone</title>
<style>
body {{ font: 1.1rem/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}
</style>
<h1>EdgeGAN on a phone</h1>
<ul>
{items}
</ul>
</html>
"""


def main() -> int:
    """Make what is missing, and serve it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("demo-app"))
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-browser", action="store_true", help="only serve")
    arguments = parser.parse_args()
    try:
        with open_server(arguments.folder, arguments.port) as server:
            serve(server, arguments.folder, open_it=not arguments.no_browser)
    except EdgeganError as error:
        console.note(f"error: {error}")
        return error.exit_code
    return 0


def serve(server: ThreadingHTTPServer, folder: Path, open_it: bool) -> None:
    """Make the apps, and answer until Ctrl-C."""
    for example in EXAMPLES:
        make_app(example, folder)
    write_text(folder / "index.html", page(EXAMPLES))
    url = f"http://localhost:{server.server_port}/"
    console.result(f"Open {url} (Ctrl-C ends).")
    # Some browsers return only when they are closed.
    Thread(target=server.serve_forever, daemon=True).start()
    with suppress(KeyboardInterrupt):
        if open_it:
            webbrowser.open(url)
        Event().wait()
    server.shutdown()


def make_app(example: Example, folder: Path) -> None:
    """Export a generator for phones, and write its app, unless it is there."""
    generator, app = MODELS / f"{example.file}.keras", folder / example.file
    if app.is_dir():
        if source_of(app) == sha256(generator):
            return
        shutil.rmtree(app)
    models = folder / "models"
    edgegan("export", str(generator), "--preset", "phone", "-o", str(models))
    bundle = models / f"{example.file}-phone.zip"
    edgegan("app", str(bundle), "--platform", "web", "-o", str(app), "--title", example.title)


def source_of(app: Path) -> str:
    """Read the SHA-256 of the generator that an app was made from."""
    told = json.loads((app / "model.json").read_text(encoding="utf-8"))
    return str(told["models"][0]["source"]["sha256"])


def edgegan(*arguments: str) -> None:
    """Run a command line; end with its exit code if that is not 0."""
    code = subprocess.run([sys.executable, "-m", "edgegan", *arguments], check=False).returncode
    if code:
        raise SystemExit(code)


def page(examples: tuple[Example, ...]) -> str:
    """Write the page that leads to the apps."""
    items = (
        f'<li><a href="{one.file}/">{escape(one.title)}</a><br>{escape(one.licence)}</li>'
        for one in examples
    )
    return _PAGE.format(items="\n".join(items))


if __name__ == "__main__":
    sys.exit(main())
