// Signatures of what the Android app uses of LiteRT 2.3.0, to compile against. What is opened is
// counted, and making the buffers of outputs fails.

package com.google.ai.edge.litert

import android.content.res.AssetManager

enum class Accelerator { NONE, CPU, GPU, NPU }

class Environment : AutoCloseable {
    override fun close() = TODO()
}

object Opened {
    var count = 0
}

class TensorBuffer internal constructor() : AutoCloseable {
    init {
        Opened.count++
    }

    fun writeFloat(data: FloatArray): Unit = TODO()

    fun readFloat(): FloatArray = TODO()

    override fun close() {
        Opened.count--
    }
}

class CompiledModel private constructor() : AutoCloseable {
    data class CpuOptions(val numThreads: Int? = null, val xnnPackFlags: Int? = null)

    data class GpuOptions(
        val constantTensorSharing: Boolean? = null,
        val infiniteFloatCapping: Boolean? = null,
        val allowSrcQuantizedFcConvOps: Boolean? = null,
        val precision: Precision? = null,
    ) {
        enum class Precision { DEFAULT, FP16, FP32, FP16_WITH_FP32_ACCUM }
    }

    class Options(internal vararg val accelerators: Accelerator) {
        var cpuOptions: CpuOptions? = null
        var gpuOptions: GpuOptions? = null
    }

    fun createInputBuffers(signatureIndex: Int = 0) = listOf(TensorBuffer(), TensorBuffer())

    fun createOutputBuffers(signatureIndex: Int = 0): List<TensorBuffer> = error("no memory")

    fun run(
        inputs: List<TensorBuffer>,
        outputs: List<TensorBuffer>,
        signatureIndex: Int = 0,
    ): Unit = TODO()

    init {
        Opened.count++
    }

    override fun close() {
        Opened.count--
    }

    companion object {
        fun create(
            assetManager: AssetManager,
            assetName: String,
            options: Options,
            optionalEnv: Environment? = null,
        ): CompiledModel = CompiledModel()
    }
}
