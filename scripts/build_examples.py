"""Put the generators of a finished run into examples/models/, their weights as float16.

    edgegan train cyclegan --config cyclegan-emoji --run emoji
    python scripts/build_examples.py runs/emoji --name cyclegan-emoji

Only for runs on the embedded emoji: what other images taught may not be passed on.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from edgegan import console
from edgegan.errors import UsageError
from edgegan.manifest import write_manifest
from edgegan.train.generator_file import load_generator, save_generator
from edgegan.train.run_folder import RunFolder

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "models"
MAX_BYTES = 4_000_000
EMBEDDED = {"emoji", "emoji-styles"}


def main() -> int:
    """Write `<name>-<generator>.keras` for each generator, and the manifests."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run folder")
    parser.add_argument("--name", required=True, help="how the files' names begin")
    arguments = parser.parse_args()
    run = RunFolder(arguments.run)
    foreign = set(run.data_specs()) - EMBEDDED
    if foreign:
        raise UsageError(f"{run.path} was trained on {', '.join(foreign)}, not on the emoji.")
    generators = sorted(run.generators.glob("*.keras"))
    if not generators:
        raise UsageError(f"{run.path} has no finished generators.")
    for generator in generators:
        model, manifest = load_generator(generator)
        if manifest is None or manifest.generator is None:
            raise UsageError(f"There is no manifest beside {generator}.")
        path = FOLDER / f"{arguments.name}-{generator.name}"
        saved = save_generator(model, path, manifest.generator, generator.stem, "float16")
        options = manifest.options | saved.options  # a student's tell how it was trained
        written = replace(saved, source=manifest.source, options=options)  # and of which teacher
        write_manifest(path, written)
        if written.size_bytes > MAX_BYTES:
            raise UsageError(f"{path} has {written.size_bytes} bytes, more than {MAX_BYTES}.")
        console.result(f"Wrote {path} ({written.size_bytes / 1e6:.2f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
