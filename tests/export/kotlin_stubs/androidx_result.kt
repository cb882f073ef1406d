package androidx.activity.result

import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia.VisualMediaType

fun interface ActivityResultCallback<O> {
    fun onActivityResult(result: O)
}

abstract class ActivityResultLauncher<I> {
    fun launch(input: I): Unit = TODO()
}

class PickVisualMediaRequest internal constructor() {
    class Builder {
        fun setMediaType(type: VisualMediaType): Builder = TODO()

        fun build(): PickVisualMediaRequest = TODO()
    }
}
