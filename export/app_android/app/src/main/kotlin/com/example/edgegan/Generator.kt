package com.example.edgegan

import android.content.res.AssetManager
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel

/**
 * A generator on the first accelerator that takes it and passes its self-test.
 *
 * One thread at a time may use it, the one that opened it.
 *
 * @property name Of the accelerator.
 * @property tried What became of the accelerators, in words.
 */
class Generator private constructor(
    val name: String,
    val tried: List<String>,
    val model: Model,
    private val network: Network,
) : AutoCloseable by network {
    /** Translate [pixels], with a [label] beside them if the generator takes one. */
    fun run(pixels: FloatArray, label: FloatArray): FloatArray = network.run(pixels, label)

    companion object {
        /**
         * Open one of [models], which are of the same size and different precisions.
         *
         * @param gpu Whether to try the GPU.
         * @throws IllegalStateException if no accelerator gives the right results; it tells why.
         */
        fun open(assets: AssetManager, models: List<Model>, gpu: Boolean = true): Generator {
            val tried = mutableListOf<String>()
            for (attempt in attempts(models).filter { gpu || !it.onGpu }) {
                var network: Network? = null
                try {
                    network = Network(assets, attempt.model.file, attempt.options)
                    test(network, attempt.model)
                    tried += "${attempt.name}: passed"
                    return Generator(attempt.name, tried, attempt.model, network)
                } catch (error: Exception) { // LiteRT throws what its native code found
                    network?.close()
                    tried += "${attempt.name}: ${error.message}"
                }
            }
            val reasons = tried.joinToString("; ")
            error("No accelerator of this phone gives the right results ($reasons).")
        }
    }
}

private class Attempt(
    val name: String,
    val model: Model,
    val options: CompiledModel.Options,
    val onGpu: Boolean,
)

// Float16 files are for GPUs. CPUs are fastest with int8-dynamic; they only store fp16, and compute
// it as float32.
private val FOR_GPU = listOf("fp16", "fp32", "int8-dynamic", "w8", "int8")
private val FOR_CPU = listOf("int8-dynamic", "fp32", "int8", "w8", "fp16")
private const val MOST_THREADS = 4 // phones have about so many fast cores

private fun attempts(models: List<Model>): List<Attempt> {
    val onGpu = best(models, FOR_GPU)
    val onCpu = best(models, FOR_CPU)
    val threads = Runtime.getRuntime().availableProcessors().coerceAtMost(MOST_THREADS)
    val cpu = CompiledModel.Options(Accelerator.CPU)
    cpu.cpuOptions = CompiledModel.CpuOptions(numThreads = threads)
    return listOf(
        Attempt("GPU, 16 bits", onGpu, gpu(CompiledModel.GpuOptions.Precision.FP16), true),
        Attempt("GPU, 32 bits", onGpu, gpu(CompiledModel.GpuOptions.Precision.FP32), true),
        Attempt("CPU", onCpu, cpu, false),
    )
}

// The GPU alone: LiteRT then refuses what it does not take whole, instead of copying to and fro.
private fun gpu(precision: CompiledModel.GpuOptions.Precision): CompiledModel.Options {
    val options = CompiledModel.Options(Accelerator.GPU)
    options.gpuOptions = CompiledModel.GpuOptions(precision = precision)
    return options
}

private fun best(models: List<Model>, order: List<String>): Model =
    models.minBy { (order + it.precision).indexOf(it.precision) } // others come last

private fun test(network: Network, model: Model) {
    val (height, width) = model.size
    val input = fixedInput(height * width * model.channels)
    val off = deviation(model.selfTest, model.precision, network.run(input, model.selfTest.label))
    val allowed = model.selfTest.atol
    check(off <= allowed) { "its results are off by $off, allowed is $allowed" }
}
