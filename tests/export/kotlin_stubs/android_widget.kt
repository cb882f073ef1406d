package android.widget

import android.content.Context
import android.graphics.Bitmap
import android.view.View
import android.view.ViewGroup

open class TextView(context: Context) : View(context) {
    var text: CharSequence = ""
}

open class Button(context: Context) : TextView(context)

class RadioButton(context: Context) : Button(context)

class ImageView(context: Context) : View(context) {
    fun setImageBitmap(bitmap: Bitmap): Unit = TODO()
}

open class LinearLayout(context: Context) : ViewGroup(context) {
    var orientation = 0

    companion object {
        const val VERTICAL = 1
    }
}

class RadioGroup(context: Context) : LinearLayout(context) {
    fun interface OnCheckedChangeListener {
        fun onCheckedChanged(group: RadioGroup, checkedId: Int)
    }

    fun check(id: Int): Unit = TODO()

    fun setOnCheckedChangeListener(listener: OnCheckedChangeListener): Unit = TODO()
}

class SeekBar(context: Context) : View(context) {
    var max = 100
    var progress = 0

    interface OnSeekBarChangeListener {
        fun onProgressChanged(bar: SeekBar, progress: Int, fromUser: Boolean)

        fun onStartTrackingTouch(bar: SeekBar)

        fun onStopTrackingTouch(bar: SeekBar)
    }

    fun setOnSeekBarChangeListener(listener: OnSeekBarChangeListener): Unit = TODO()
}
