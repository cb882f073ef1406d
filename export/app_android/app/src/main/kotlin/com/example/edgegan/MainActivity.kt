package com.example.edgegan

import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.view.View
import android.widget.Button
import android.widget.ImageView
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

/** The screen: what is pressed, what is shown. Everything slow is done by one worker thread. */
class MainActivity : ComponentActivity() {
    private val worker = Executors.newSingleThreadExecutor()
    private val asked = AtomicInteger() // counts requests, so that only the latest is worked on
    private var translator: Translator? = null // where model.json cannot be read
    private var choices = Choices(emptyList())
    private var photo: Picture? = null // the worker's
    private var shown: Picture? = null

    private val pick = registerForActivityResult(ActivityResultContracts.PickVisualMedia()) { uri ->
        if (uri != null) open(uri)
    }
    private val shoot = registerForActivityResult(ActivityResultContracts.TakePicture()) { taken ->
        if (taken) open(shared(this, PHOTO))
    }
    private val png = ActivityResultContracts.CreateDocument("image/png")
    private val create = registerForActivityResult(png) { uri ->
        val picture = shown
        if (uri != null && picture != null) work {
            save(this, picture, uri)
            say(getString(R.string.saved))
        }
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        setContentView(R.layout.activity_main)
        say(getString(R.string.loading))
        runCatching(::load).onFailure(::fail)
    }

    override fun onDestroy() {
        worker.execute { translator?.close() }
        worker.shutdown()
        super.onDestroy()
    }

    private fun load() {
        val told = assets.open("model.json").bufferedReader().use { it.readText() }
        val models = parseModels(told)
        val made = Translator(assets, models)
        translator = made
        choices = Choices(models[0].domains)
        Controls(findViewById(R.id.domains), choices, ::again)
        wire()
        work {
            tell(made.prepare(1, 1))
            say(getString(R.string.ready))
        }
    }

    private fun wire() {
        val pictures = ActivityResultContracts.PickVisualMedia.ImageOnly
        val request = PickVisualMediaRequest.Builder().setMediaType(pictures).build()
        button(R.id.choose) { pick.launch(request) }
        button(R.id.take) { shoot.launch(shared(this, PHOTO)) }
        button(R.id.save) { create.launch(RESULT) }
        button(R.id.share, ::share)
    }

    private fun button(id: Int, pressed: () -> Unit) {
        findViewById<Button>(id).setOnClickListener {
            // A phone may have no camera app, or nothing to share with.
            runCatching(pressed).onFailure { fail(it) }
        }
    }

    private fun open(uri: Uri) {
        say(getString(R.string.translating))
        work {
            photo = null // else it would hide the error if this one is no picture
            photo = decode(this, uri)
        }
        again()
    }

    /** Translate the photo, if there is one, to what is chosen now. */
    private fun again() {
        val able = translator ?: return
        val label = choices.label()
        val mine = asked.incrementAndGet()
        work {
            val source = photo
            if (source != null && mine == asked.get()) show(able.translate(source, label), able)
        }
    }

    private fun show(translation: Translation, by: Translator) {
        val generator = checkNotNull(by.generator)
        tell(generator)
        runOnUiThread {
            shown = translation.after
            picture(R.id.before, translation.before)
            picture(R.id.after, translation.after)
            for (id in listOf(R.id.save, R.id.share)) findViewById<View>(id).isEnabled = true
        }
        say(getString(R.string.translated, translation.milliseconds, generator.name))
    }

    private fun picture(id: Int, picture: Picture) {
        val view = findViewById<ImageView>(id)
        view.setImageBitmap(bitmap(picture))
        view.visibility = View.VISIBLE
    }

    private fun share() {
        val picture = shown ?: return
        val uri = shared(this, RESULT)
        work {
            save(this, picture, uri)
            val send = Intent(Intent.ACTION_SEND).setType("image/png")
            send.putExtra(Intent.EXTRA_STREAM, uri)
            send.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
            runOnUiThread { startActivity(Intent.createChooser(send, null)) }
        }
    }

    private fun work(task: () -> Unit) {
        worker.execute { runCatching(task).onFailure { fail(it) } }
    }

    private fun tell(generator: Generator) {
        val facts = (listOf(generator.model.file) + generator.tried).joinToString("\n")
        runOnUiThread { findViewById<TextView>(R.id.facts).text = facts }
    }

    private fun fail(error: Throwable) = say(error.message ?: error.toString())

    private fun say(words: String) = runOnUiThread {
        findViewById<TextView>(R.id.status).text = words
    }

    private companion object {
        const val PHOTO = "photo.jpg"
        const val RESULT = "translation.png"
    }
}
