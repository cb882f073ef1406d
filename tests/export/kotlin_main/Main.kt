// Runs what is plain Kotlin in the Android app, and a little of the rest on stubs: a name and
// numbers in, numbers out.

package com.example.edgegan

import android.content.res.AssetManager
import android.graphics.Bitmap
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import com.google.ai.edge.litert.Opened
import java.io.IOException
import java.io.OutputStream
import java.util.Scanner

fun main(arguments: Array<String>) {
    val given = Scanner(System.`in`.bufferedReader())
    println(results(arguments[0], given).joinToString(" "))
}

private fun results(name: String, given: Scanner): Iterable<Any?> = when (name) {
    "crop" -> given.size().let { size -> crop(given.picture(), size).told() }
    "resize" -> given.size().let { size -> resize(given.picture(), size).told() }
    "prepared" -> given.size().let { size -> prepare(given, size).asList() }
    "bitmap" -> picture(given.bitmap()).told()
    "write" -> listOf(runCatching { write(Picture(1, 1, IntArray(1)), full) }.told())
    "network" -> listOf(runCatching(::network).told(), Opened.count)
    "models" -> models(given.useDelimiter("\\A").next())
    "upright" -> given.nextInt().let { orientation -> upright(given.picture(), orientation).told() }
    "flattened" -> flattened(given.nextInt(), given.nextInt(), given.integers()).told()
    "toFloats" -> given.nextInt().let { channels -> toFloats(given.picture(), channels).asList() }
    "toPicture" -> given.size().let { size -> toPicture(given.floats(), size).told() }
    "fixedInput" -> fixedInput(given.nextInt()).asList()
    "deviation" -> listOf(deviation(given.test(), given.next(), given.floats()))
    "label" -> given.choices().label().asList()
    else -> error("unknown: $name")
}

private fun prepare(given: Scanner, size: Size): FloatArray {
    val channels = given.nextInt()
    return toFloats(prepared(given.picture(), size, channels), channels)
}

private fun Scanner.bitmap(): Bitmap {
    val config = Bitmap.Config.valueOf(next())
    return Bitmap(nextInt(), nextInt(), config, integers())
}

private val full = object : OutputStream() {
    override fun write(byte: Int) = throw IOException("no space")
}

private fun network() =
    Network(object : AssetManager() {}, "a.tflite", CompiledModel.Options(Accelerator.CPU))

private fun Result<*>.told() = exceptionOrNull()?.message ?: "done"

private fun models(text: String) =
    runCatching { parseModels(text).flatMap { it.told() } }.getOrElse { listOf(it.message) }

private fun Model.told(): List<Any?> {
    val test = selfTest
    val golden = test.indices.asList() + test.values.asList() + test.label.asList()
    val told = listOf(file, precision, size.height, size.width, channels)
    val labels = domains.flatMap { listOf(it.name, it.group, it.oneHot, it.default, it.dataset) }
    return told + labels + golden + listOf(test.mean, test.std, test.atol)
}

private fun Scanner.size() = Size(height = nextInt(), width = nextInt())

private fun Scanner.integers() = IntArray(nextInt()) { nextLong().toInt() }

private fun Scanner.floats() = FloatArray(nextInt()) { next().toFloat() }

private fun Scanner.picture() = Picture(nextInt(), nextInt(), integers())

private fun Picture.told() = listOf(width, height) + pixels.map { it.toUInt() }

private fun Scanner.test() =
    SelfTest(integers(), floats(), floats(), mean = number(), std = number(), atol = number())

private fun Scanner.number() = next().toDouble()

/** Domains, and then what is pressed. */
private fun Scanner.choices(): Choices {
    val domains = List(nextInt()) {
        val (name, group) = next() to next()
        Domain(name, group.takeIf { it != "-" }, next().toBoolean(), next().toFloat(), nextInt())
    }
    val choices = Choices(domains)
    while (hasNext()) {
        val pressed = next()
        val domain = domains.single { it.name == pressed }
        val value = next().toFloat()
        choices.set = domain.dataset
        if (domain.group == null) {
            choices.slide(domain, value)
        } else {
            choices.choose(domain, value == 1f)
        }
    }
    return choices
}
