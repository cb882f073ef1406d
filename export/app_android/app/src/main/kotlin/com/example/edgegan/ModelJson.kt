package com.example.edgegan

import org.json.JSONArray
import org.json.JSONObject

/** What model.json tells of a .tflite: its manifest, as `edgegan app` wrote it. */
class Model(
    val file: String,
    val precision: String,
    val size: Size,
    val channels: Int,
    val domains: List<Domain>,
    val selfTest: SelfTest,
)

/** Read the text of model.json: one translation, in several sizes and precisions. */
fun parseModels(text: String): List<Model> {
    val told = JSONObject(text)
    require(told.getInt("schema") == 1) { "model.json is of another release of edgegan." }
    return told.getJSONArray("models").objects().map(::model)
}

private fun model(told: JSONObject): Model {
    val inputs = told.getJSONObject("io").getJSONArray("inputs")
    val shape = inputs.getJSONObject(0).getJSONArray("shape") // NHWC
    return Model(
        file = told.getString("file"),
        precision = told.getJSONObject("precision").getString("requested"),
        size = Size(height = shape.getInt(1), width = shape.getInt(2)),
        channels = shape.getInt(3),
        // Without a label beside the image there is nothing to choose.
        domains = if (inputs.length() > 1) domains(told.getJSONObject("task")) else emptyList(),
        selfTest = selfTest(told.getJSONObject("selftest")),
    )
}

private fun domains(task: JSONObject): List<Domain> =
    task.getJSONArray("domains").objects().map {
        Domain(
            name = it.getString("name"),
            group = if (it.isNull("group")) null else it.getString("group"),
            oneHot = it.getBoolean("one_hot"),
            default = it.getDouble("default").toFloat(),
            dataset = it.getInt("dataset"),
        )
    }

private fun selfTest(told: JSONObject): SelfTest =
    SelfTest(
        indices = told.getJSONArray("indices").let { all -> IntArray(all.length(), all::getInt) },
        values = floats(told.getJSONArray("values")),
        label = floats(told.getJSONArray("label")),
        mean = told.getDouble("mean"),
        std = told.getDouble("std"),
        atol = told.getDouble("atol"),
    )

private fun floats(all: JSONArray) = FloatArray(all.length()) { all.getDouble(it).toFloat() }

private fun JSONArray.objects(): List<JSONObject> = List(length(), ::getJSONObject)
