package androidx.activity

import android.content.Context
import android.os.Bundle
import android.view.View
import androidx.activity.result.ActivityResultCallback
import androidx.activity.result.ActivityResultLauncher
import androidx.activity.result.contract.ActivityResultContract

open class ComponentActivity : Context() {
    protected open fun onCreate(savedInstanceState: Bundle?): Unit = TODO()

    protected open fun onDestroy(): Unit = TODO()

    fun setContentView(id: Int): Unit = TODO()

    fun <T : View> findViewById(id: Int): T = TODO()

    fun runOnUiThread(task: Runnable): Unit = TODO()

    fun <I, O> registerForActivityResult(
        contract: ActivityResultContract<I, O>,
        callback: ActivityResultCallback<O>,
    ): ActivityResultLauncher<I> = TODO()
}
