package com.example.edgegan

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.net.Uri
import androidx.core.content.FileProvider
import androidx.exifinterface.media.ExifInterface
import java.io.File
import java.io.InputStream
import java.io.OutputStream
import java.nio.IntBuffer

// Photos from other apps, and pictures for them.

private const val MOST = 16_000_000L // pixels; larger photos are decoded at half their sides

/** Decode a photo, upright and without transparency. Throws with words for people. */
fun decode(context: Context, photo: Uri): Picture {
    val how = BitmapFactory.Options()
    how.inJustDecodeBounds = true
    opened(context, photo) { BitmapFactory.decodeStream(it, null, how) }
    how.inJustDecodeBounds = false
    how.inSampleSize = sampling(how.outWidth, how.outHeight)
    val bitmap = opened(context, photo) { BitmapFactory.decodeStream(it, null, how) }
    checkNotNull(bitmap) { "This is no picture that the phone can read. Choose a JPEG or PNG." }
    return upright(picture(bitmap), orientation(context, photo))
}

/** The pixels of a decoded [bitmap], which it gives back. */
fun picture(bitmap: Bitmap): Picture {
    // Pictures of more than 8 bits a channel decode to 16; those pixels are of another form.
    val bytes = Bitmap.Config.ARGB_8888
    val plain = if (bitmap.config == bytes) bitmap else bitmap.copy(bytes, false)
    checkNotNull(plain) { "There is no memory for this picture. Choose a smaller one." }
    val decoded = IntArray(plain.width * plain.height)
    plain.copyPixelsToBuffer(IntBuffer.wrap(decoded))
    val picture = flattened(plain.width, plain.height, decoded)
    plain.recycle()
    bitmap.recycle()
    return picture
}

/** A picture as Android shows it. */
fun bitmap(picture: Picture): Bitmap =
    Bitmap.createBitmap(picture.pixels, picture.width, picture.height, Bitmap.Config.ARGB_8888)

/** Write a picture as PNG to where another app keeps files. */
fun save(context: Context, picture: Picture, target: Uri) {
    // Without the t, what is longer there keeps its end.
    val stream = context.contentResolver.openOutputStream(target, "wt")
    checkNotNull(stream) { "It cannot be saved there." }.use { write(picture, it) }
}

/** Write a picture as PNG. */
fun write(picture: Picture, stream: OutputStream) {
    val written = bitmap(picture).compress(Bitmap.CompressFormat.PNG, 100, stream)
    check(written) { "It was not saved whole. Is there enough space?" }
}

/** The address by which other apps may read or write a file of this app (res/xml/pictures.xml). */
fun shared(context: Context, name: String): Uri {
    val folder = File(context.cacheDir, "pictures").apply { mkdirs() }
    val provider = "${context.packageName}.pictures"
    return FileProvider.getUriForFile(context, provider, File(folder, name))
}

private fun sampling(width: Int, height: Int): Int {
    var step = 1
    while (width.toLong() * height / (step * step) > MOST) step *= 2
    return step
}

private fun orientation(context: Context, photo: Uri): Int = opened(context, photo) {
    val normal = ExifInterface.ORIENTATION_NORMAL
    ExifInterface(it).getAttributeInt(ExifInterface.TAG_ORIENTATION, normal)
}

private fun <T> opened(context: Context, photo: Uri, read: (InputStream) -> T): T {
    val stream = context.contentResolver.openInputStream(photo)
    return checkNotNull(stream) { "The photo is not there any more." }.use(read)
}
