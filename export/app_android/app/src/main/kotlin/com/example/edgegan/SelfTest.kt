package com.example.edgegan

import kotlin.math.abs
import kotlin.math.sqrt

// The self-test of every EdgeGAN artifact: a fixed input, and golden values of the Keras generator.
// A GPU that computes wrong results says nothing of it, so each accelerator is tested before it is
// used. Nothing here needs Android.

/** The golden values, and how far an output may be from them. */
class SelfTest(
    val indices: IntArray,
    val values: FloatArray,
    val label: FloatArray,
    val mean: Double,
    val std: Double,
    val atol: Double,
)

private val EXACT = setOf("fp32", "fp16") // others are compared by their root mean square
private const val KNUTH = 2654435761L // of his multiplicative hash

/** The fixed input, float32 in [-1, 1]. */
fun fixedInput(length: Int): FloatArray =
    FloatArray(length) { k -> (k * KNUTH and 0xFFFFFFFFL shr 24).toInt() / 127.5f - 1f }

/** How far an output is from the golden values; NaN if it has one, which passes no comparison. */
fun deviation(test: SelfTest, precision: String, output: FloatArray): Double {
    val off = test.indices.indices.map { output[test.indices[it]].toDouble() - test.values[it] }
    if (precision !in EXACT) return sqrt(off.sumOf { it * it } / off.size)
    val mean = output.sumOf { it.toDouble() } / output.size
    val std = sqrt(output.sumOf { (it - mean) * (it - mean) } / output.size)
    return (off + (mean - test.mean) + (std - test.std)).maxOf { abs(it) }
}
