"""An engine that this machine cannot build: what to do with its model instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgegan.errors import MissingRequirement
from edgegan.export.engine_options import ENGINES, EngineOptions
from edgegan.optional import needs

_WHERE = {
    "tensorrt": "the machine that will run the engine, such as a Jetson (an engine holds for the "
    "GPU that it was built on)",
    "tensorrt-rtx": "a machine that can (it needs no GPU)",
}


def missing_builder(target: str) -> MissingRequirement | None:
    """Tell what keeps this machine from building engines for a target; None if it can."""
    for engine in ENGINES:
        if engine == target:
            try:
                with needs(engine):
                    from edgegan.export.trt import require_builder
                require_builder(engine)
            except MissingRequirement as error:
                return error
    return None


def require_builders(targets: Sequence[str]) -> None:
    """Make sure that this machine can build engines for all targets.

    Raises:
        MissingRequirement: what it needs for one is absent.
    """
    for target in targets:
        missing = missing_builder(target)
        if missing is not None:
            raise missing


def build_elsewhere(
    missing: MissingRequirement, target: str, options: EngineOptions, model: Path
) -> MissingRequirement:
    """Say how to go on with `model`, the .onnx that the engine would have been built from."""
    return MissingRequirement(
        f"{missing} The model is ready: {model}, with its manifest {model.name}.json. To build "
        f"the engine, copy both to {_WHERE[target]}, install EdgeGAN there with: pip install "
        f"'edgegan[{target}]' and run: edgegan export {model.name} --target "
        f"{target}{options.flags()}"
    )
