"""CUDA graphs: what a stream was given once, ready to be given again with one call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from edgegan.errors import EdgeganError
from edgegan.runtime.cuda import Cuda


def record_graph(cuda: Cuda, stream: int, work: Callable[[], None]) -> int:
    """Record what `work` gives to `stream`, which does none of it yet.

    Returns:
        The graph, for `Cuda.launch`; to be freed with `Cuda.destroy_executable`.

    Raises:
        EdgeganError: `work` failed, or does what cannot be recorded. The stream can be
            used as before.
    """
    cuda.begin_capture(stream)
    try:
        work()
    except BaseException:
        _abandon(cuda, stream)
        raise
    graph = cuda.end_capture(stream)
    with ExitStack() as stack:
        with ExitStack() as own:
            own.callback(cuda.destroy_graph, graph)
            executable = cuda.instantiate(graph)
            stack.callback(cuda.destroy_executable, executable)
        stack.pop_all()
    return executable


def _abandon(cuda: Cuda, stream: int) -> None:
    """End a recording that failed; CUDA tells again then that it did."""
    try:
        graph = cuda.end_capture(stream)
    except EdgeganError:
        cuda.forget_error()
    else:
        cuda.destroy_graph(graph)
