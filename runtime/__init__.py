"""The runtime: engines that run artifacts, and the benchmark that times them.

It never loads TensorFlow; each backend is imported when an artifact needs it.
"""
