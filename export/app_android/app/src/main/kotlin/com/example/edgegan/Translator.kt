package com.example.edgegan

import android.content.res.AssetManager
import android.os.SystemClock
import kotlin.math.abs
import kotlin.math.ln

/** A translated photo: what went in, what came out, and how long the network took. */
class Translation(val before: Picture, val after: Picture, val milliseconds: Long)

/** Translates photos by the model whose sides' ratio is nearest. For one thread at a time. */
class Translator(private val assets: AssetManager, private val models: List<Model>) {
    /** What is in use; null before the first call. */
    var generator: Generator? = null
        private set

    /** Open the model for a photo of [width] and [height], unless it is in use. */
    fun prepare(width: Int, height: Int): Generator {
        val nearest = models.minBy { off(it.size, width, height) }.size
        return generator?.takeIf { it.model.size == nearest } ?: open(nearest)
    }

    /** Translate a photo, to what [label] asks for. */
    fun translate(photo: Picture, label: FloatArray): Translation {
        val model = prepare(photo.width, photo.height).model
        val before = prepared(photo, model.size, model.channels)
        val pixels = toFloats(before, model.channels)
        val begun = SystemClock.elapsedRealtime()
        val values = run(pixels, label)
        val spent = SystemClock.elapsedRealtime() - begun
        check(values.none { it.isNaN() }) { "The model gave values that are no numbers." }
        return Translation(before, toPicture(values, model.size), spent)
    }

    fun close() {
        generator?.close()
        generator = null
    }

    // A GPU may be lost, such as when a phone sleeps; then the CPU goes on.
    private fun run(pixels: FloatArray, label: FloatArray): FloatArray {
        val current = checkNotNull(generator)
        return try {
            current.run(pixels, label)
        } catch (error: Exception) {
            if (!current.name.startsWith("GPU")) throw error
            open(current.model.size, gpu = false).run(pixels, label)
        }
    }

    private fun open(size: Size, gpu: Boolean = true): Generator {
        close()
        val opened = Generator.open(assets, models.filter { it.size == size }, gpu)
        generator = opened
        return opened
    }
}

private fun off(size: Size, width: Int, height: Int) =
    abs(ln(size.width.toDouble() / size.height * height / width))
