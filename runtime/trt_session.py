"""A TensorRT execution context with all it runs on: stream, buffers, events, CUDA graph.

A GPU with memory of its own gets copies from and to pinned host memory. An integrated one
(Jetson) reads and writes the host's memory in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from math import prod
from typing import Any

import numpy as np

from edgegan.errors import ArtifactError, EdgeganError, UsageError
from edgegan.images import FloatArray
from edgegan.manifest import Tensor
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.cuda_buffers import Buffer, allocate
from edgegan.runtime.cuda_graph import record_graph
from edgegan.runtime.engine import DeviceTimes
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.trt_log import last_error
from edgegan.runtime.trt_plan import Plan

Shape = tuple[int, ...]


class Session:
    """What one engine runs in. All it holds is freed by `close`, or if it cannot be made."""

    def __init__(
        self, cuda: Cuda, plan: Plan, context: Any, *, mapped: bool, use_graph: bool
    ) -> None:
        """Allocate for the largest shapes, and give TensorRT all addresses, once.

        Args:
            cuda: The calls; the GPU in use is the one the plan was deserialised on.
            plan: What runs.
            context: TensorRT's `IExecutionContext` of it.
            mapped: Whether the GPU uses the host's memory in place.
            use_graph: Whether to replay a CUDA graph from the second run on.

        Raises:
            CudaError: there is too little memory.
            ArtifactError: TensorRT refuses what its own plan tells.
        """
        self._cuda, self._plan, self._context = cuda, plan, context
        self._use_graph = use_graph
        self._graph = 0
        self.launch = "stream"
        with ExitStack() as stack:
            self._stream = cuda.create_stream()
            stack.callback(cuda.destroy_stream, self._stream)
            self._events = [self._event(stack) for _ in range(4)]
            self._buffers = self._bind(stack, mapped)
            stack.callback(self._drop_graph)
            self._resources = stack.pop_all()
        self._mapped = mapped
        self._arrays: list[NetworkArray] = []
        self._shapes: list[Shape] = []

    @property
    def output_shape(self) -> Shape:
        """The shape that the inputs of `fit` give."""
        return self._arrays[-1].shape

    def fit(self, shapes: list[Shape]) -> None:
        """Get ready for inputs of `shapes`; nothing is done if they are the last ones.

        Raises:
            UsageError: the plan was not built for them.
        """
        if shapes == self._shapes:
            return
        self._drop_graph()  # it has the old shapes in it
        self._shapes = []  # in case that what follows fails
        io = self._plan.io
        for tensor, shape in zip(io.inputs, shapes, strict=True):
            self._set_shape(tensor, shape)
        target = io.outputs[0]
        outputs = [self._context.get_tensor_shape(target.name)]
        self._arrays = [
            self._buffers[tensor.name].array(tuple(shape), tensor.dtype)
            for tensor, shape in zip((*io.inputs, target), (*shapes, *outputs), strict=True)
        ]
        self._shapes = shapes

    def run(self, inputs: Sequence[NetworkArray | FloatArray]) -> NetworkArray:
        """Run arrays of the shapes that were given to `fit`.

        Returns:
            A view of the output, overwritten by the next run.
        """
        for array, view in zip(inputs, self._arrays[:-1], strict=True):
            np.copyto(view, array)
        self._launch()
        return self._arrays[-1]

    def times(self) -> DeviceTimes:
        """Tell what the stages of the last run took, by the GPU's clock."""
        start, uploaded, computed, downloaded = self._events
        elapsed = self._cuda.elapsed_ms
        return DeviceTimes(
            h2d_ms=None if self._mapped else elapsed(start, uploaded),
            net_ms=elapsed(uploaded, computed),
            d2h_ms=None if self._mapped else elapsed(computed, downloaded),
        )

    def report_to(self, profiler: Any) -> None:
        """Let the context report each layer's time; a graph, which reports none, is given up."""
        self._drop_graph()
        self._use_graph = False
        self.launch = "stream"
        context = self._context
        context.profiler = profiler

    def close(self) -> None:
        """Free everything; the session cannot be used afterwards."""
        self._arrays = []
        self._buffers = {}
        self._resources.close()
        self._context = None  # frees TensorRT's own memory

    def _launch(self) -> None:
        cuda, stream, events, io = self._cuda, self._stream, self._events, self._plan.io
        cuda.record(events[0], stream)
        for tensor, array in zip(io.inputs, self._arrays, strict=False):
            self._buffers[tensor.name].upload(cuda, array.nbytes, stream)
        cuda.record(events[1], stream)
        if self._graph:
            cuda.launch(self._graph, stream)
        else:
            self._execute()
        cuda.record(events[2], stream)
        self._buffers[io.outputs[0].name].download(cuda, self._arrays[-1].nbytes, stream)
        cuda.record(events[3], stream)
        cuda.synchronize(stream)
        if self._use_graph and not self._graph:
            self._record()

    def _execute(self) -> None:
        if not self._context.execute_async_v3(self._stream):
            raise ArtifactError(f"The engine failed to run: {last_error(self._plan.logger)}.")

    def _record(self) -> None:
        """Record a graph, now that one launch has done what only the first one does."""
        try:
            self._graph = record_graph(self._cuda, self._stream, self._execute)
        except EdgeganError as error:
            self._cuda.forget_error()
            self._use_graph = False
            self.launch = f"stream, since no CUDA graph could be recorded ({error})"
        else:
            self.launch = "CUDA graph"

    def _drop_graph(self) -> None:
        graph, self._graph = self._graph, 0
        if graph:
            self._cuda.destroy_executable(graph)

    def _event(self, stack: ExitStack) -> int:
        event = self._cuda.create_event()
        stack.callback(self._cuda.destroy_event, event)
        return event

    def _bind(self, stack: ExitStack, mapped: bool) -> dict[str, Buffer]:
        buffers = {}
        for tensor, shape in _largest(self._plan, self._context).items():
            size = prod(shape) * np.dtype(tensor.dtype).itemsize
            buffer = allocate(self._cuda, stack, size, mapped=mapped)
            if not self._context.set_tensor_address(tensor.name, buffer.device):
                raise ArtifactError(
                    f"TensorRT takes no memory for {tensor.name!r}: "
                    f"{last_error(self._plan.logger)}."
                )
            buffers[tensor.name] = buffer
        return buffers

    def _set_shape(self, tensor: Tensor, shape: Shape) -> None:
        if None not in tensor.shape:
            return
        if not self._context.set_input_shape(tensor.name, shape):
            least, _, most = self._plan.engine.get_tensor_profile_shape(tensor.name, 0)
            raise UsageError(
                f"The engine was built for {tensor.name!r} from {list(least)} to {list(most)}; "
                f"got {list(shape)}."
            )


def _largest(plan: Plan, context: Any) -> dict[Tensor, Shape]:
    """Find the largest shape of each tensor; the context is left at those of the inputs."""
    io, shapes = plan.io, {}
    for tensor in io.inputs:
        if None in tensor.shape:
            shape = plan.engine.get_tensor_profile_shape(tensor.name, 0)[2]
            context.set_input_shape(tensor.name, tuple(shape))
        else:
            shape = tensor.shape
        shapes[tensor] = tuple(shape)
    for tensor in io.outputs:
        shapes[tensor] = tuple(context.get_tensor_shape(tensor.name))
    return shapes
