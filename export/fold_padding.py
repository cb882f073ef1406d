"""Folding zero padding into the convolution behind it.

`padding="same"` puts (k - 1) / 2 zeros on each side of an odd kernel k at stride 1: as much
as the ResNet generators pad by a layer of its own. At stride 2 it pads one side only, so
there the layer stays.
"""

from __future__ import annotations

import tf_keras as keras


def foldable_paddings(model: keras.Model) -> dict[str, str]:
    """Find every zero padding that its only reader can do: its name -> the reader's."""
    found = {}
    for layer in model.layers:
        if type(layer) is not keras.layers.ZeroPadding2D:
            continue
        readers = [node.outbound_layer for node in layer.outbound_nodes]
        if len(readers) == 1 and _pads_as_same(layer, readers[0]):
            found[layer.name] = readers[0].name
    return found


def _pads_as_same(padding: keras.layers.ZeroPadding2D, reader: keras.layers.Layer) -> bool:
    if type(reader) is not keras.layers.Conv2D or reader.padding != "valid":
        return False
    odd = all(kernel % 2 for kernel in reader.kernel_size)
    spans = zip(reader.kernel_size, reader.dilation_rate, strict=True)
    same = tuple(((kernel - 1) * rate // 2,) * 2 for kernel, rate in spans)
    channels_last = padding.data_format == reader.data_format == "channels_last"
    return odd and channels_last and set(reader.strides) == {1} and padding.padding == same
