"""Run a .tflite on arrays, by the Python of this machine or of ARM64.

run_tflite.py FILE INPUTS.npy OUTPUTS.npy FLAGS; the flags are XNNPACK's, -1 its defaults.
"""

from __future__ import annotations

import sys

import numpy as np
from ai_edge_litert.compiled_model import CompiledModel
from ai_edge_litert.cpu_options import CpuOptions
from ai_edge_litert.options import Options

file, inputs, outputs, flags = sys.argv[1:]
cpu = CpuOptions(num_threads=1, xnnpack_flags=None if flags == "-1" else int(flags))
model = CompiledModel.from_file(file, options=Options(cpu_options=cpu))
(image,), (result,) = model.create_input_buffers(0), model.create_output_buffers(0)
found = []
for one in np.load(inputs):
    image.write(one.ravel())
    model.run_by_index(0, [image], [result])
    found.append(result.read(one.size, np.float32).reshape(one.shape))
np.save(outputs, np.stack(found))
