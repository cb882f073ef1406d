"""What the web app computes, in Node.js, beside what Python does."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

from edgegan.domains import declare_domains, encode
from edgegan.images import center_crop, resize, to_float, to_gray, to_uint8
from edgegan.manifest import IO, Tensor
from edgegan.runtime.image_io import to_network
from edgegan.selftest import deviation, record_selftest, selftest_input
from tests.repository import ROOT

SCRIPTS = ROOT / "export/app_web"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")

IMAGE = np.random.default_rng(0).integers(0, 256, (37, 53, 3), np.uint8)
# What a browser has and Node.js has not.
BROWSER = """
globalThis.ImageData = class {
  constructor(width, height) {
    Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
  }
};
const image = (height, width, rgb) => {
  const made = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    made.data.set([...rgb.slice(3 * i, 3 * i + 3), 255], 4 * i);
  }
  return made;
};
const rgb = (one) => Array.from(one.data).filter((_, i) => i % 4 !== 3);
"""


def run(module: str, body: str, given: Any) -> Any:
    """Run a function body with `it`, a module of the app, and `given`; return its result."""
    script = (
        f"{BROWSER}\nconst it = await import({json.dumps((SCRIPTS / module).as_uri())});\n"
        f"const given = JSON.parse(require('fs').readFileSync(0));\n"
        f"const result = (() => {{ {body} }})();\nconsole.log(JSON.stringify(result));"
    )
    script = (
        f"import {{ createRequire }} from 'module';\nconst require = createRequire('/');\n{script}"
    )
    command = [str(NODE), "--input-type=module", "-e", script]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("size", [(16, 16), (20, 40), (64, 24), (37, 53), (90, 120)])
def test_photos_are_resized_as_pillow_does(size: tuple[int, int]) -> None:
    body = "return rgb(it.resize(image(37, 53, given.rgb), given.size));"
    got = run("images.js", body, {"rgb": IMAGE.ravel().tolist(), "size": size})
    np.testing.assert_array_equal(np.array(got).reshape(*size, 3), resize(IMAGE, size))


def test_the_middle_is_cut_out() -> None:
    body = """
      const cut = it.crop(image(37, 53, given), [8, 8]);
      return [cut.height, cut.width, rgb(cut)];
    """
    height, width, got = run("images.js", body, IMAGE.ravel().tolist())
    assert (height, width) == (37, 37)
    np.testing.assert_array_equal(np.array(got).reshape(37, 37, 3), center_crop(IMAGE))


@pytest.mark.parametrize("channels", [1, 3])
def test_networks_take_what_they_take_in_python(channels: int) -> None:
    """Luma and resizing do not commute, least of all where colours meet."""
    photo = np.zeros((8, 8, 3), np.uint8)
    photo[:, :4, 1] = photo[:, 4:, 2] = 255
    body = f"""
      const ready = it.prepared(image(8, 8, given), [40, 40], {channels});
      return Array.from(it.toFloats(ready, {channels}));
    """
    got = np.array(run("images.js", body, photo.ravel().tolist()), np.float32)
    tensor = Tensor(name="image", shape=(1, 40, 40, channels), dtype="float32")
    expected = to_network(photo, IO(inputs=(tensor,), outputs=(tensor,))).ravel()
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= 1.01 / 127.5


def test_pixels_become_floats_and_back() -> None:
    given = IMAGE.ravel().tolist()
    floats = run("images.js", "return Array.from(it.toFloats(image(37, 53, given), 3));", given)
    np.testing.assert_array_equal(np.float32(floats), to_float(IMAGE).ravel())
    gray = run("images.js", "return Array.from(it.toFloats(image(37, 53, given), 1));", given)
    np.testing.assert_array_equal(np.float32(gray), to_float(to_gray(IMAGE)).ravel())
    values = np.random.default_rng(1).uniform(-1.2, 1.2, (8, 6, 3)).astype(np.float32)
    body = "return rgb(it.toImage(Float32Array.from(given), [8, 6]));"
    back = np.array(run("images.js", body, values.ravel().tolist())).reshape(8, 6, 3)
    np.testing.assert_array_equal(back, to_uint8(values))


def test_the_selftest_is_that_of_python() -> None:
    got = run("selftest.js", "return Array.from(it.fixedInput(given));", 5000)
    np.testing.assert_array_equal(np.float32(got), selftest_input((5000,)))
    rng = np.random.default_rng(0)
    golden, output = rng.uniform(-1, 1, (2, 1, 16, 16, 3)).astype(np.float32)
    test = record_selftest(golden)
    given = {"output": output.ravel().tolist(), "test": vars(test)}
    for precision in ("fp16", "int8"):
        body = f"return it.deviation(given.test, '{precision}', given.output);"
        expected = deviation(test, output, precision)
        assert run("selftest.js", body, given) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("declared", "touched"),
    [
        ("hair:Blond,hair:Black=1,Male=1", {"Blond": True}),
        ("hair:Blond,hair:Black,Male", {"Male": True}),
        ("class::cat,class::dog,class::cow", {"cow": True}),
        ("hair:Blond,Male=1;mood::happy,mood::sad", {"sad": True}),
    ],
)
def test_labels_are_those_of_python(declared: str, touched: dict[str, bool]) -> None:
    domains = declare_domains(declared)
    wanted = encode(domains, touched)
    # A form as the page builds it: group members are checked, toggles have a value.
    chosen = {d.name: float(value) for d, value in zip(domains, wanted, strict=False)}
    (name,) = touched
    touched_set = next(d.dataset for d in domains if d.name == name)
    body = """
      globalThis.CSS = { escape: (text) => text };
      const form = {
        querySelector: (text) => {
          if (text.includes("set")) return { value: String(given.set) };
          const value = given.chosen[text.match(/"(.*)"/)[1]];
          return { checked: value === 1, value: String(value) };
        },
      };
      return Array.from(it.label(form, given.domains));
    """
    given = {"domains": [vars(d) for d in domains], "chosen": chosen, "set": touched_set}
    np.testing.assert_array_equal(run("domains.js", body, given), wanted)
