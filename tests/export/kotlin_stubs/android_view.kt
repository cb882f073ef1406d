package android.view

import android.content.Context

open class View(val context: Context) {
    var id = 0
    var isEnabled = true
    var labelFor = 0
    var minimumHeight = 0
    var visibility = VISIBLE

    fun interface OnClickListener {
        fun onClick(view: View)
    }

    fun setOnClickListener(listener: OnClickListener): Unit = TODO()

    companion object {
        const val VISIBLE = 0
        const val GONE = 8

        fun generateViewId(): Int = TODO()
    }
}

abstract class ViewGroup(context: Context) : View(context) {
    fun addView(view: View): Unit = TODO()
}
