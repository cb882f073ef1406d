package com.example.edgegan

import android.content.res.AssetManager
import com.google.ai.edge.litert.CompiledModel
import com.google.ai.edge.litert.TensorBuffer

/** A .tflite of the assets, compiled for one accelerator; floats in, floats out. */
class Network(assets: AssetManager, file: String, options: CompiledModel.Options) : AutoCloseable {
    private val compiled = CompiledModel.create(assets, file, options, null)
    private val inputs = orClose(emptyList()) { compiled.createInputBuffers() }
    private val outputs = orClose(inputs) { compiled.createOutputBuffers() }

    /** Run it; the call returns once the results are there. */
    fun run(pixels: FloatArray, label: FloatArray): FloatArray {
        inputs[0].writeFloat(pixels)
        if (inputs.size > 1) inputs[1].writeFloat(label)
        compiled.run(inputs, outputs)
        return outputs[0].readFloat()
    }

    override fun close() = close(inputs + outputs)

    // What fails while it is made has no caller that could close it.
    private fun orClose(
        made: List<TensorBuffer>,
        make: () -> List<TensorBuffer>,
    ): List<TensorBuffer> = try {
        make()
    } catch (error: Exception) {
        close(made)
        throw error
    }

    private fun close(buffers: List<TensorBuffer>) {
        for (buffer in buffers) buffer.close()
        compiled.close()
    }
}
