package com.example.edgegan

import android.view.View
import android.view.ViewGroup
import android.widget.LinearLayout
import android.widget.RadioButton
import android.widget.RadioGroup
import android.widget.SeekBar
import android.widget.TextView

private const val STEPS = 10 // of a slider

/**
 * Fills [box] with a choice for each exclusive group and a slider for each toggle; if there are
 * several data sets, with a choice of the one whose labels count. [changed] is told of each change.
 */
class Controls(
    private val box: LinearLayout,
    private val choices: Choices,
    private val changed: () -> Unit,
) {
    private val context = box.context
    private val boxes = List(choices.sets) {
        LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }
    }

    init {
        if (choices.sets > 1) addChoiceOfSet()
        for ((set, part) in boxes.withIndex()) {
            for (group in choices.groups(set)) addChoice(part, group, choices.members(set, group))
            for (toggle in choices.members(set, null)) addSlider(part, toggle)
            box.addView(part)
        }
        show(choices.set)
    }

    private fun addChoiceOfSet() {
        val names = List(choices.sets) { context.getString(R.string.data_set, it + 1) }
        addRadios(box, context.getString(R.string.data_sets), names, choices.set) {
            choices.set = it
            show(it)
        }
    }

    private fun addChoice(part: ViewGroup, group: String, members: List<Domain>) {
        val open = choices.mayBeNone(members)
        val none = if (open) listOf(context.getString(R.string.none)) else emptyList()
        val checked = members.indexOfFirst { choices.value(it) == 1f } + none.size
        addRadios(part, words(group), none + members.map { words(it.name) }, checked) {
            val place = it - none.size
            if (place < 0) choices.choose(members[0], false) else choices.choose(members[place])
        }
    }

    private fun addRadios(
        part: ViewGroup,
        title: String,
        names: List<String>,
        checked: Int,
        chosen: (Int) -> Unit,
    ) {
        part.addView(heading(title))
        val radios = RadioGroup(context)
        val buttons = names.map(::radio)
        buttons.forEach(radios::addView)
        radios.check(buttons[checked].id)
        radios.setOnCheckedChangeListener { _, id ->
            chosen(buttons.indexOfFirst { it.id == id })
            changed()
        }
        part.addView(radios)
    }

    private fun radio(name: String) = RadioButton(context).apply {
        id = View.generateViewId()
        text = name
        minimumHeight = context.resources.getDimensionPixelSize(R.dimen.touch)
    }

    private fun addSlider(part: ViewGroup, toggle: Domain) {
        val slider = SeekBar(context)
        slider.id = View.generateViewId()
        slider.max = STEPS
        slider.progress = (choices.value(toggle) * STEPS).toInt()
        slider.minimumHeight = context.resources.getDimensionPixelSize(R.dimen.touch)
        slider.setOnSeekBarChangeListener(object : SeekBar.OnSeekBarChangeListener {
            override fun onProgressChanged(bar: SeekBar, progress: Int, fromUser: Boolean) {
                choices.slide(toggle, progress.toFloat() / STEPS)
                changed()
            }

            override fun onStartTrackingTouch(bar: SeekBar) = Unit

            override fun onStopTrackingTouch(bar: SeekBar) = Unit
        })
        part.addView(heading(words(toggle.name)).apply { labelFor = slider.id })
        part.addView(slider)
    }

    private fun heading(title: String) = TextView(context).apply { text = title }

    private fun show(set: Int) {
        for ((place, part) in boxes.withIndex()) {
            part.visibility = if (place == set) View.VISIBLE else View.GONE
        }
    }
}

private fun words(name: String) = name.replace('_', ' ')
