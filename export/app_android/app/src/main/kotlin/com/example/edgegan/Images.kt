package com.example.edgegan

import kotlin.math.abs
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import kotlin.math.round

// Pixels in and out, as edgegan.images does it in Python: bytes 0..255 become x / 127.5 - 1, and
// photos are resized by Pillow's bicubic filter. Nothing here needs Android.

/** Opaque pixels, 0xAARRGGBB as Android's bitmaps have them, row by row. */
class Picture(val width: Int, val height: Int, val pixels: IntArray)

/** The sides of a network's images. */
data class Size(val height: Int, val width: Int)

private const val CUBIC = -0.5 // Keys' parameter, as Pillow has it
private const val BITS = 22 // coefficients are rounded to so many
private const val OPAQUE = 0xFF shl 24
private val SHIFTS = intArrayOf(16, 8, 0) // of red, green and blue

/**
 * What a network of [size] and [channels] takes of a photo: its middle, gray for one channel. It
 * is made gray before it is resized, as Python does: at edges of colours the order matters.
 */
fun prepared(photo: Picture, size: Size, channels: Int): Picture {
    val cut = crop(photo, size)
    return resize(if (channels == 1) gray(cut) else cut, size)
}

/** Cut the middle out of a picture, with the sides' ratio of [size]. */
fun crop(picture: Picture, size: Size): Picture {
    val scale = min(picture.width.toDouble() / size.width, picture.height.toDouble() / size.height)
    val width = floor(size.width * scale + 0.5).toInt()
    val height = floor(size.height * scale + 0.5).toInt()
    val left = (picture.width - width) / 2
    val top = (picture.height - height) / 2
    val cut = IntArray(width * height)
    for (y in 0 until height) {
        val start = (top + y) * picture.width + left
        picture.pixels.copyInto(cut, y * width, start, start + width)
    }
    return Picture(width, height, cut)
}

/** Resize first along rows, then along columns, rounded to bytes between. */
fun resize(picture: Picture, size: Size): Picture {
    val wide = if (picture.width == size.width) picture else alongRows(picture, size.width)
    return if (wide.height == size.height) wide else alongColumns(wide, size.height)
}

/** RGB as float32 in [-1, 1], NHWC; for one channel that of a gray picture. */
fun toFloats(picture: Picture, channels: Int): FloatArray {
    val shifts = if (channels == 1) intArrayOf(0) else SHIFTS
    val floats = FloatArray(picture.pixels.size * shifts.size)
    var next = 0
    for (pixel in picture.pixels) {
        for (shift in shifts) floats[next++] = (pixel shr shift and 0xFF) / 127.5f - 1f
    }
    return floats
}

/** The reverse: a network's output as a picture. */
fun toPicture(floats: FloatArray, size: Size): Picture {
    val count = size.width * size.height
    val channels = floats.size / count
    return Picture(size.width, size.height, IntArray(count) { at ->
        var pixel = OPAQUE
        for ((c, shift) in SHIFTS.withIndex()) {
            val value = floats[at * channels + min(c, channels - 1)]
            pixel = pixel or (clipped(round((value + 1f) * 127.5f).toInt()) shl shift)
        }
        pixel
    })
}

/**
 * Flatten on white what Android decoded: premultiplied, 0xAABBGGRR, which becomes the picture. It
 * is read so and not by Bitmap.getPixels, which converts the colours of wide-gamut photos.
 */
fun flattened(width: Int, height: Int, decoded: IntArray): Picture {
    for ((at, pixel) in decoded.withIndex()) {
        val white = 255 - (pixel ushr 24)
        val red = clipped((pixel and 0xFF) + white)
        val green = clipped((pixel shr 8 and 0xFF) + white)
        val blue = clipped((pixel shr 16 and 0xFF) + white)
        decoded[at] = OPAQUE or (red shl 16) or (green shl 8) or blue
    }
    return Picture(width, height, decoded)
}

/** Turn a photo as its EXIF orientation (1 to 8) says; any other value leaves it. */
fun upright(picture: Picture, orientation: Int): Picture {
    if (orientation !in 2..8) return picture
    val turned = orientation >= 5
    val fromRight = orientation in setOf(2, 3, 7, 8)
    val fromBottom = orientation in setOf(3, 4, 6, 7)
    val width = if (turned) picture.height else picture.width
    val height = if (turned) picture.width else picture.height
    return Picture(width, height, IntArray(width * height) { at ->
        val row = at / width
        val column = at % width
        val x = if (turned) row else column
        val y = if (turned) column else row
        val sourceX = if (fromRight) picture.width - 1 - x else x
        val sourceY = if (fromBottom) picture.height - 1 - y else y
        picture.pixels[sourceY * picture.width + sourceX]
    })
}

private fun clipped(value: Int) = value.coerceIn(0, 255)

/** Replace the pixels, of which there may be many, by their ITU-R 601-2 luma, as Pillow has it. */
private fun gray(picture: Picture): Picture {
    for ((at, pixel) in picture.pixels.withIndex()) {
        val red = pixel shr 16 and 0xFF
        val green = pixel shr 8 and 0xFF
        val blue = pixel and 0xFF
        val luma = red * 19595 + green * 38470 + blue * 7471 + 32768 shr 16
        picture.pixels[at] = OPAQUE or luma * 0x010101
    }
    return picture
}

private fun alongRows(picture: Picture, width: Int): Picture {
    val taps = filterTaps(picture.width, width)
    return Picture(width, picture.height, IntArray(width * picture.height) { at ->
        val tap = taps[at % width]
        weighted(picture.pixels, at / width * picture.width + tap.first, 1, tap.weights)
    })
}

private fun alongColumns(picture: Picture, height: Int): Picture {
    val taps = filterTaps(picture.height, height)
    return Picture(picture.width, height, IntArray(picture.width * height) { at ->
        val tap = taps[at / picture.width]
        val start = tap.first * picture.width + at % picture.width
        weighted(picture.pixels, start, picture.width, tap.weights)
    })
}

private fun weighted(pixels: IntArray, start: Int, step: Int, weights: IntArray): Int {
    var red = 1L shl BITS - 1
    var green = red
    var blue = red
    var at = start
    for (weight in weights) {
        val pixel = pixels[at]
        red += weight.toLong() * (pixel shr 16 and 0xFF)
        green += weight.toLong() * (pixel shr 8 and 0xFF)
        blue += weight.toLong() * (pixel and 0xFF)
        at += step
    }
    return OPAQUE or (shifted(red) shl 16) or (shifted(green) shl 8) or shifted(blue)
}

private fun shifted(sum: Long) = clipped((sum shr BITS).toInt())

private class Tap(val first: Int, val weights: IntArray)

/** For each output its first input and the weights from there on; wider when it shrinks. */
private fun filterTaps(length: Int, count: Int): List<Tap> {
    val scale = length.toDouble() / count
    val stretch = max(scale, 1.0)
    return List(count) { i ->
        val centre = (i + 0.5) * scale
        val first = max((centre - 2 * stretch + 0.5).toInt(), 0)
        val last = min((centre + 2 * stretch + 0.5).toInt(), length)
        val exact = DoubleArray(last - first) { cubic((first + it - centre + 0.5) / stretch) }
        val sum = exact.sum()
        Tap(first, IntArray(exact.size) { rounded(exact[it] / sum * (1 shl BITS)) })
    }
}

private fun rounded(value: Double) = (value + if (value < 0) -0.5 else 0.5).toInt()

/** Keys 1981, eq. 4. */
private fun cubic(offset: Double): Double {
    val x = abs(offset)
    if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * CUBIC
    return 0.0
}
