// Signatures of what the app uses of android.content and its like, to compile against.

package android.content

import android.content.res.AssetManager
import android.content.res.Resources
import android.net.Uri
import java.io.File
import java.io.InputStream
import java.io.OutputStream

abstract class Context {
    val assets: AssetManager get() = TODO()
    val cacheDir: File get() = TODO()
    val contentResolver: ContentResolver get() = TODO()
    val packageName: String get() = TODO()
    val resources: Resources get() = TODO()

    fun getString(id: Int, vararg values: Any): String = TODO()

    fun startActivity(intent: Intent): Unit = TODO()
}

abstract class ContentResolver {
    fun openInputStream(uri: Uri): InputStream? = TODO()

    fun openOutputStream(uri: Uri, mode: String): OutputStream? = TODO()
}

class Intent(action: String) {
    fun setType(type: String): Intent = TODO()

    fun putExtra(name: String, value: Uri): Intent = TODO()

    fun addFlags(flags: Int): Intent = TODO()

    companion object {
        const val ACTION_SEND = "SEND"
        const val EXTRA_STREAM = "STREAM"
        const val FLAG_GRANT_READ_URI_PERMISSION = 1

        fun createChooser(target: Intent, title: CharSequence?): Intent = TODO()
    }
}
