"""How long does a translation take in a browser, beside LiteRT outside of it?

    PLAYWRIGHT=FOLDER python -m benchmarks.browser_latency

The emoji CycleGAN at 256x256, as fp16 and as int8-dynamic, in the app of `edgegan app`: headless
Chromium, WebAssembly with threads; beside it `edgegan.load` on all cores. They take
turns in rounds, each with a new browser; a time is that from pixels to pixels, as the app shows
it. FOLDER has node_modules/playwright-core, as `make test-web` installs it. WebGPU is left out:
without a GPU it is computed on the CPU, which says nothing about phones.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.emoji import open_emoji
from edgegan.export.app_models import open_models
from edgegan.export.app_server import open_server
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.litert_js import litert_js
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.export.web_app import write_web_app
from edgegan.images import load_image, resize, save_image
from edgegan.runtime.bench_report import describe
from edgegan.runtime.engine import Engine, load
from edgegan.runtime.environment import capture
from tests.repository import ROOT
from tests.web.browser import CHROMIUM, PLAYWRIGHT, drive

GENERATOR = ROOT / "examples/models/cyclegan-emoji-A2B.keras"
SIZE = (256, 256)
WARM_UP = 2
LATENCY = "parseFloat(document.querySelector('#latency').textContent)"


def main() -> None:
    """Make the apps, let browser and engine take turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=12, help="in each round")
    arguments = parser.parse_args()
    if not (PLAYWRIGHT and CHROMIUM):
        raise SystemExit("Run make test-web once, and set PLAYWRIGHT as it does.")
    rows = []
    with tempfile.TemporaryDirectory() as folder, native_log_hidden():
        photo = Path(folder) / "photo.png"
        save_image(photo, resize(open_emoji().test_a[0], SIZE))
        for precision in ("fp16", "int8-dynamic"):
            rows.append(measure(precision, photo, arguments.rounds, arguments.images))
    console.result("\n".join(describe(capture())))
    console.table(("file", "browser, p50 ms", "LiteRT, p50 ms", "ratio of the rounds"), rows)


def measure(precision: str, photo: Path, rounds: int, images: int) -> tuple[str, ...]:
    """Export at one precision, and time both ways in turns."""
    folder = photo.parent / precision
    spec = ExportSpec(target="tflite", precision=precision, size=SIZE)
    job = ExportJob(generator=GENERATOR, specs=[spec], parity=None)
    (exported,) = export_generator(job, ExportOptions(folder=folder))
    write_web_app(open_models([exported.path]), "Emoji", folder / "app", litert_js())
    engine = load(exported.path, threads=os.cpu_count())
    pairs = []
    with console.progress(exported.path.name, rounds) as report:
        for done in range(rounds):
            pairs.append(
                (in_browser(folder / "app", photo, images), outside(engine, photo, images))
            )
            report(done + 1)
    ratios = sorted(browser / native for browser, native in pairs)
    medians = (f"{median(times):.0f}" for times in zip(*pairs, strict=True))
    return (
        exported.path.name,
        *medians,
        f"{median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})",
    )


def in_browser(app: Path, photo: Path, images: int) -> float:
    """Return the median time in a new browser, ms."""
    with open_server(app, 0) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://localhost:{server.server_port}/?backend=wasm"
        shown = (("photo", str(photo)), ("evaluate", LATENCY)) * (WARM_UP + images)
        found = drive(("open", url), ("state", None), *shown)["steps"]
        server.shutdown()
    assert found[1]["backend"] == "WebAssembly, threads", found[1]
    return float(median(found[3::2][WARM_UP:]))


def outside(engine: Engine, photo: Path, images: int) -> float:
    """Return the median time of the engine, from pixels to pixels, ms."""
    image, times = load_image(photo), []
    for _ in range(WARM_UP + images):
        start = perf_counter()
        engine(image)
        times.append(1e3 * (perf_counter() - start))
    return median(times[WARM_UP:])


if __name__ == "__main__":
    main()
