"""The web app in a real browser. `make test-web` sets it up; elsewhere these are skipped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import edgegan
from edgegan.domains import encode
from edgegan.export.app_models import open_models
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.litert_js import litert_js
from edgegan.export.phone_preset import phone_sizes
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.export.web_app import write_web_app
from edgegan.images import load_image, resize, save_image
from edgegan.manifest import read_manifest
from tests.repository import ROOT
from tests.web.browser import CHROMIUM, PLAYWRIGHT, difference, drive, served, shown

MODELS = ROOT / "examples/models"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and PLAYWRIGHT), reason="no browser: run make test-web"),
]


def made(folder: Path, generator: str) -> tuple[Path, Path]:
    """Export an example as fp16, and write its app; return the square artifact and the app."""
    sizes = phone_sizes((64, 64))
    specs = [ExportSpec(target="tflite", precision="fp16", size=size) for size in sizes]
    job = ExportJob(generator=MODELS / generator, specs=specs, parity=None)
    paths = [result.path for result in export_generator(job, ExportOptions(folder=folder))]
    write_web_app(open_models(paths), "Emoji", folder / "app", litert_js())
    return paths[0], folder / "app"


@pytest.fixture(scope="module")
def emoji(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return made(tmp_path_factory.mktemp("emoji"), "cyclegan-emoji-A2B.keras")


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return made(tmp_path_factory.mktemp("styles"), "stargan-emoji-G.keras")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Colourful, opaque, and larger than the network's images."""
    noise = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    image = Image.fromarray(noise).resize((150, 150), Image.Resampling.BICUBIC)
    save_image(tmp_path / "photo.png", np.asarray(image))
    return tmp_path / "photo.png"


@pytest.mark.parametrize(("webgpu", "backend"), [(False, "WebAssembly"), (True, "WebGPU")])
def test_a_photo_is_translated_as_by_edgegan_run(
    emoji: tuple[Path, Path], photo: Path, webgpu: bool, backend: str
) -> None:
    artifact, app = emoji
    with served(app) as url:
        found = drive(
            *(("open", url), ("state", None), ("photo", str(photo))),
            *(("canvas", "before"), ("canvas", "after"), ("state", None)),
            webgpu=webgpu,
        )
    state = found["steps"][1]
    assert (state["backend"], state["wrong"]) == (backend, False)
    small = resize(load_image(photo), (64, 64))
    assert difference(shown(found["steps"][3]), small) <= 1
    expected = edgegan.load(artifact)(load_image(photo))
    assert difference(shown(found["steps"][4]), expected) <= 1
    assert found["console"] == []


def test_a_photo_goes_to_the_model_of_its_ratio(
    emoji: tuple[Path, Path], photo: Path, tmp_path: Path
) -> None:
    artifact, app = emoji
    save_image(tmp_path / "upright.png", load_image(photo, (160, 120)))
    with served(app) as url:
        found = drive(("open", url), ("photo", str(tmp_path / "upright.png")), ("canvas", "after"))
    upright = artifact.with_name(artifact.name.replace("64x64", "80x60"))
    expected = edgegan.load(upright)(load_image(tmp_path / "upright.png"))
    assert difference(shown(found["steps"][2]), expected) <= 1
    assert found["console"] == []


def test_it_is_installable_and_works_offline_with_threads(
    emoji: tuple[Path, Path], photo: Path
) -> None:
    _, app = emoji
    with served(app) as url:
        found = drive(
            *(("open", url), ("installability", None), ("offline", None), ("reload", None)),
            *(("photo", str(photo)), ("state", None)),
        )
    _, install, _, _, _, state = found["steps"]
    errors = [one["errorId"] for one in install["errors"] if one["errorId"] != "in-incognito"]
    assert (install["manifest"], errors) == ([], [])
    assert state["isolated"]
    assert state["backend"] == "WebAssembly, threads"
    assert state["status"] == "Translated photo.png."
    assert found["console"] == []


def test_a_damaged_model_is_told(emoji: tuple[Path, Path], tmp_path: Path) -> None:
    artifact, app = emoji
    copy = Path(shutil.copytree(app, tmp_path / "app"))
    data = bytearray((copy / artifact.name).read_bytes())
    data[-100] ^= 1
    (copy / artifact.name).write_bytes(data)
    with served(copy) as url:
        found = drive(("open", url), ("state", None))
    state = found["steps"][1]
    assert state["wrong"]
    assert "is damaged: it is not the file that was tested" in state["status"]


def test_wrong_results_are_told(emoji: tuple[Path, Path], tmp_path: Path) -> None:
    _, app = emoji
    copy = Path(shutil.copytree(app, tmp_path / "app"))
    content = json.loads((copy / "model.json").read_text())
    content["models"][0]["selftest"]["values"][5] += 0.5
    (copy / "model.json").write_text(json.dumps(content))
    with served(copy) as url:
        found = drive(("open", url), ("state", None), webgpu=True)
    state = found["steps"][1]
    assert "No backend of this browser gives the right results" in state["status"]
    for backend in ("WebGPU", "WebAssembly"):
        assert f"{backend}: its results are off by 0.50, allowed is 0.05" in state["status"]


def test_a_gpu_that_is_wrong_in_16_bits_is_not_used(emoji: tuple[Path, Path]) -> None:
    _, app = emoji
    with served(app) as url:  # SwiftShader has no shader-f16, and does not say so
        found = drive(("open", f"{url}?precision=fp16"), ("state", None), webgpu=True)
    state = found["steps"][1]
    gpu, wasm = state["tried"]
    assert (gpu["accelerator"], wasm["accelerator"]) == ("webgpu", "wasm")
    assert "its results are off by" in gpu["error"]
    assert not state["wrong"]
    assert state["backend"].startswith("WebAssembly")


def test_domains_are_switched(styles: tuple[Path, Path], photo: Path) -> None:
    artifact, app = styles
    manifest = read_manifest(artifact)
    assert manifest is not None
    assert manifest.task is not None
    domains = manifest.task.domains
    names = [domain.name for domain in (*domains[1:], domains[0])]  # the first is chosen already
    steps: list[tuple[str, Any]] = []
    with served(app) as url:
        for name in names:
            steps += [("choose", f'[data-domain="{name}"]'), ("canvas", "after")]
        found = drive(("open", url), ("photo", str(photo)), *steps)
    engine = edgegan.load(artifact)
    for place, name in enumerate(names):
        expected = engine(load_image(photo), label=encode(domains, {name: True}))
        assert difference(shown(found["steps"][3 + 2 * place]), expected) <= 1
    assert found["console"] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_can_be_used_by_keyboard(
    styles: tuple[Path, Path], photo: Path, width: int
) -> None:
    _, app = styles
    labels = """[...document.querySelectorAll("input, button")].filter(
        (one) => one.offsetParent && !one.labels?.length && !one.textContent.trim()).length"""
    with served(app) as url:
        found = drive(
            *(("open", url), ("photo", str(photo)), ("state", None), ("tab", 8)),
            ("evaluate", labels),
            width=width,
        )
    _, _, state, reached, unlabelled = found["steps"]
    assert not state["overflow"]
    assert {"file", "shot", "camera", "split", "side"} <= set(reached)
    assert unlabelled == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_labels_and_roles_are_those_of_wcag(
    styles: tuple[Path, Path], photo: Path, scheme: str
) -> None:
    _, app = styles
    with served(app) as url:
        found = drive(
            *(("open", url), ("audit", None), ("photo", str(photo)), ("audit", None)),
            scheme=scheme,
        )
    for audit in (found["steps"][1], found["steps"][3]):
        assert audit["violations"] == []
        assert {"color-contrast", "label", "aria-allowed-attr"} <= set(audit["passed"])


def test_a_file_that_is_no_picture_is_told(emoji: tuple[Path, Path], tmp_path: Path) -> None:
    _, app = emoji
    (tmp_path / "notes.png").write_text("no picture")
    with served(app) as url:
        found = drive(("open", url), ("photo", str(tmp_path / "notes.png")), ("state", None))
    state = found["steps"][2]
    assert state["wrong"]
    assert "notes.png is no picture that this browser can read" in state["status"]


def test_the_camera_is_translated_live_and_let_go(emoji: tuple[Path, Path], photo: Path) -> None:
    _, app = emoji
    let_go = """({
        pressed: document.querySelector("#camera").getAttribute("aria-pressed"),
        video: document.querySelector("#video").srcObject,
    })"""
    with served(app) as url:
        found = drive(
            *(("open", url), ("choose", "#camera"), ("canvas", "after"), ("state", None)),
            *(("press", "#camera"), ("state", None), ("evaluate", let_go)),
            *(("choose", "#camera"), ("photo", str(photo)), ("wait", 1000), ("canvas", "before")),
            *(("evaluate", let_go),),
        )
    steps = found["steps"]
    assert shown(steps[2]).std() > 1
    assert steps[3]["status"] == "The camera is on."
    assert steps[5]["status"] == "The camera is off."
    assert steps[6] == steps[11] == {"pressed": "false", "video": None}
    # A photo ends it, and no frame comes after.
    assert difference(shown(steps[10]), resize(load_image(photo), (64, 64))) <= 1
    assert found["console"] == []


def test_photos_of_several_ratios_one_after_another(
    emoji: tuple[Path, Path], photo: Path, tmp_path: Path
) -> None:
    _, app = emoji
    save_image(tmp_path / "upright.png", load_image(photo, (160, 120)))
    steps: list[tuple[str, Any]] = []
    for path in (photo, tmp_path / "upright.png", photo):
        steps += [("photo", str(path)), ("canvas", "after")]
    with served(app) as url:
        found = drive(("open", url), *steps)
    first, second, third = (shown(found["steps"][place]) for place in (2, 4, 6))
    assert (first.shape, second.shape) == ((64, 64, 3), (80, 60, 3))
    np.testing.assert_array_equal(first, third)


def test_a_slider_that_is_dragged_ends_at_its_last_value(
    styles: tuple[Path, Path], photo: Path
) -> None:
    artifact, app = styles
    drag = """(() => {
        const radios = [...document.querySelectorAll("[data-domain]")];
        for (let i = 0; i < 20; i++) radios[i % 3].click();
        radios[2].click();
    })()"""
    with served(app) as url:
        found = drive(
            *(("open", url), ("photo", str(photo)), ("evaluate", drag), ("still", 5000)),
            ("canvas", "after"),
            webgpu=True,
        )
    manifest = read_manifest(artifact)
    assert manifest is not None
    assert manifest.task is not None
    domains = manifest.task.domains
    label = encode(domains, {domains[2].name: True})
    expected = edgegan.load(artifact)(load_image(photo), label=label)
    assert difference(shown(found["steps"][4]), expected) <= 1
