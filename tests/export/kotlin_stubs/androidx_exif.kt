package androidx.exifinterface.media

import java.io.InputStream

class ExifInterface(stream: InputStream) {
    fun getAttributeInt(tag: String, otherwise: Int): Int = TODO()

    companion object {
        const val ORIENTATION_NORMAL = 1
        const val TAG_ORIENTATION = "Orientation"
    }
}
