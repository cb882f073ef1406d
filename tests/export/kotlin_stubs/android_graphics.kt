package android.graphics

import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.nio.Buffer
import java.nio.IntBuffer

/** Works as far as the app can tell; Android's has no public constructor. */
class Bitmap(
    val width: Int,
    val height: Int,
    val config: Config,
    private val decoded: IntArray,
) {
    enum class Config(val bytes: Int) { ALPHA_8(1), RGB_565(2), ARGB_8888(4), RGBA_F16(8) }

    enum class CompressFormat { JPEG, PNG }

    fun copy(to: Config, isMutable: Boolean): Bitmap? =
        if (isMutable) TODO() else Bitmap(width, height, to, decoded)

    fun copyPixelsToBuffer(target: Buffer) {
        val room = 4L * target.remaining()
        val needed = width.toLong() * height * config.bytes
        if (room < needed) throw RuntimeException("Buffer not large enough for pixels")
        (target as IntBuffer).put(decoded)
    }

    fun compress(format: CompressFormat, quality: Int, stream: OutputStream): Boolean = try {
        stream.write("$format $quality".toByteArray())
        true
    } catch (_: IOException) {
        false
    }

    fun recycle() = Unit

    companion object {
        fun createBitmap(colors: IntArray, width: Int, height: Int, config: Config) =
            Bitmap(width, height, config, colors)
    }
}

object BitmapFactory {
    class Options {
        var inJustDecodeBounds = false
        var inSampleSize = 0
        var outWidth = 0
        var outHeight = 0
    }

    class Rect

    fun decodeStream(stream: InputStream, padding: Rect?, options: Options): Bitmap? = TODO()
}
