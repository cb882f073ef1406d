"""What every test may use: a steady environment, and the real data where it exists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Fix what would make output differ between machines, before TensorFlow loads."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["NO_COLOR"] = "1"
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS"):  # typer colours if one is set
        os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep engines, features and trials of the tests out of the user's cache."""
    os.environ["EDGEGAN_CACHE"] = str(tmp_path_factory.mktemp("edgegan-cache"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images that may lie beside the checkout but not in it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the image sets in ../shared/data, beside the checkout")
    return folder
