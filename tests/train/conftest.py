"""What several tests of training share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def paper_generator() -> Any:
    """The generator of the paper: 9 blocks, 64 filters, 256x256 pixels."""
    from edgegan.generator import GeneratorConfig
    from edgegan.train.networks import build_generator

    return build_generator(GeneratorConfig())
