"""The process that loads a file first, and may die of it; see `edgegan.runtime.guarded_load`.

It runs as `python -m edgegan.runtime.load_probe FILE ACTION DEVICE SECONDS PARENT` (its time,
and the process that started it), and prints its verdict as JSON: {} if all went well, else the
error and its text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from edgegan.errors import ArtifactError, EdgeganError
from edgegan.runtime.engine import load, open_engine
from edgegan.runtime.guarded_load import VERDICT
from edgegan.runtime.image_io import nhwc, to_tensor
from edgegan.runtime.inspection import read
from edgegan.runtime.label import probe_label
from edgegan.runtime.own_end import end_by_itself
from edgegan.runtime.preflight import PLAN_SUFFIXES
from edgegan.selftest import selftest_bytes

_ANY_SIZE = 64  # for networks that take any: it is the loading that is tried
_MEMORY_BYTES = 4 * 2**30  # beside what the file's size and the libraries call for
_MEMORY_PER_BYTE = 32


def main() -> None:
    """Do what the command line says, and print the verdict."""
    path, action, device = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    end_by_itself(within_s=float(sys.argv[4]), parent=int(sys.argv[5]))
    if path.suffix not in PLAN_SUFFIXES:  # CUDA reserves more addresses than there is memory
        limit_memory(path.stat().st_size)
    print(f"\n{VERDICT}{json.dumps(_verdict(path, action, device))}", flush=True)


def run_once(path: Path, backend: str, device: str = "cpu") -> None:
    """Load a file without a trial, and run it on one batch.

    Raises:
        EdgeganError: it cannot be loaded or run.
    """
    if path.suffix in PLAN_SUFFIXES:  # which `load` has tried even if they are trusted
        engine = open_engine(path, backend, device=device)
    else:
        engine = load(path, backend, trust=True)
    source = engine.info.io.inputs[0]
    batch, height, width, channels = nhwc(source)
    shape = (batch or 1, height or _ANY_SIZE, width or _ANY_SIZE, channels or 1)
    x = to_tensor(selftest_bytes(shape), source)
    engine.run(x, label=probe_label(engine.info.io, None, len(x)))
    engine.close()


def limit_memory(file_bytes: int) -> None:
    """Have allocations fail that no sound file of this size makes; Linux only."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    used = pages * resource.getpagesize()
    limit = used + _MEMORY_BYTES + _MEMORY_PER_BYTE * file_bytes
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash is expected: keep no dump


def _verdict(path: Path, action: str, device: str) -> dict[str, str]:
    try:
        if action == "inspect":
            read(path, None)
        else:
            run_once(path, action, device)
    except EdgeganError as error:
        return {"error": type(error).__name__, "text": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes a library raise
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")
        text = f"{path} is damaged, or cannot be loaded ({reason}). Export or copy it again."
        return {"error": ArtifactError.__name__, "text": text}
    return {}


if __name__ == "__main__":
    main()
