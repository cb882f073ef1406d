"""Which layers of a functional network read another one's output."""

from __future__ import annotations

import tf_keras as keras


def following_layers(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """List what reads the output of `layer`, past crops: they move with its channels."""
    following = [node.outbound_layer for node in layer.outbound_nodes]
    while len(following) == 1 and isinstance(following[0], keras.layers.Cropping2D):
        following = [node.outbound_layer for node in following[0].outbound_nodes]
    return following
