// What the Android app uses of org.json, which is part of Android; a small one that works.

package org.json

class JSONException(message: String) : RuntimeException(message)

class JSONObject internal constructor(private val held: Map<String, Any?>) {
    @Suppress("UNCHECKED_CAST")
    constructor(text: String) : this(Reader(text).whole() as Map<String, Any?>)

    fun getInt(name: String): Int = number(name).toInt()

    fun getDouble(name: String): Double = number(name).toDouble()

    fun getBoolean(name: String): Boolean = get(name) as Boolean

    fun getString(name: String): String = get(name) as String

    @Suppress("UNCHECKED_CAST")
    fun getJSONObject(name: String) = JSONObject(get(name) as Map<String, Any?>)

    fun getJSONArray(name: String) = JSONArray(get(name) as List<*>)

    fun isNull(name: String): Boolean = held[name] == null

    private fun get(name: String): Any = held[name] ?: throw JSONException("No value for $name")

    private fun number(name: String) = get(name) as Number
}

class JSONArray internal constructor(private val held: List<*>) {
    fun length(): Int = held.size

    fun getInt(index: Int): Int = (held[index] as Number).toInt()

    fun getDouble(index: Int): Double = (held[index] as Number).toDouble()

    @Suppress("UNCHECKED_CAST")
    fun getJSONObject(index: Int) = JSONObject(held[index] as Map<String, Any?>)
}

/** Texts, numbers, names, and what starts and ends things: all that JSON is made of. */
private val PART = Regex("""\s*("(?:[^"\\]|\\.)*"|[-+.\w]+|[{}\[\]:,])""")

private class Reader(text: String) {
    private val parts = PART.findAll(text).map { it.groupValues[1] }.toList()
    private var at = 0

    fun whole(): Any? = value(parts[at++])

    private fun value(part: String): Any? = when {
        part == "{" -> items("}") { text(parts[at++]).also { at++ } to whole() }.toMap()
        part == "[" -> items("]") { whole() }
        part.startsWith('"') -> text(part)
        part == "null" -> null
        part == "true" || part == "false" -> part == "true"
        else -> part.toDouble()
    }

    private fun <T> items(end: String, item: () -> T): List<T> {
        val found = mutableListOf<T>()
        while (parts[at] != end) {
            found += item()
            if (parts[at] == ",") at++
        }
        at++
        return found
    }

    private fun text(part: String): String {
        val inner = part.substring(1, part.length - 1)
        return Regex("""\\(u([0-9a-fA-F]{4})|.)""").replace(inner) {
            val code = it.groupValues[2]
            if (code.isEmpty()) it.groupValues[1] else code.toInt(16).toChar().toString()
        }
    }
}
