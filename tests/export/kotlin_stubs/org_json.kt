// Signatures of what the Android app uses of org.json, which is part of Android.

package org.json

class JSONObject(text: String) {
    fun getInt(name: String): Int = TODO()

    fun getDouble(name: String): Double = TODO()

    fun getBoolean(name: String): Boolean = TODO()

    fun getString(name: String): String = TODO()

    fun getJSONObject(name: String): JSONObject = TODO()

    fun getJSONArray(name: String): JSONArray = TODO()

    fun isNull(name: String): Boolean = TODO()
}

class JSONArray(text: String) {
    fun length(): Int = TODO()

    fun getInt(index: Int): Int = TODO()

    fun getDouble(index: Int): Double = TODO()

    fun getJSONObject(index: Int): JSONObject = TODO()
}
