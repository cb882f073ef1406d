from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.cli import main
from edgegan.images import save_image
from tests.edgegan.cli.command import Command, Done
from tests.runtime.models import SIZE, conv_relu_tanh, write_tflite


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process, and catch all that it prints, C code included."""

    def call(*arguments: object) -> Done:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capfd.readouterr()
        return Done(int(end.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tflite(tmp_path_factory.mktemp("cli") / "tiny.tflite", conv_relu_tanh)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    save_image(folder / "a.png", pixels)
    save_image(folder / "sub" / "b.png", pixels)
    (folder / "text.jpg").write_text("this is text")
    return folder
