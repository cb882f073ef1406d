package android.graphics

import java.io.InputStream
import java.io.OutputStream
import java.nio.Buffer

abstract class Bitmap {
    enum class Config { ALPHA_8, RGB_565, ARGB_8888 }

    enum class CompressFormat { JPEG, PNG }

    val width: Int get() = TODO()
    val height: Int get() = TODO()

    fun copyPixelsToBuffer(target: Buffer): Unit = TODO()

    fun compress(format: CompressFormat, quality: Int, stream: OutputStream): Boolean = TODO()

    fun recycle(): Unit = TODO()

    companion object {
        fun createBitmap(colors: IntArray, width: Int, height: Int, config: Config): Bitmap = TODO()
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
