package com.example.edgegan

// The label that a multi-domain generator is asked by, as edgegan.domains has it in Python. Nothing
// here needs Android.

/** One entry of the label: a member of an exclusive group, or a toggle if [group] is null. */
data class Domain(
    val name: String,
    val group: String?,
    val oneHot: Boolean,
    val default: Float,
    val dataset: Int,
)

/** What is chosen of the domains; it begins with the defaults. */
class Choices(private val domains: List<Domain>) {
    /** How many data sets with labels of their own the generator learned from. */
    val sets = 1 + (domains.maxOfOrNull { it.dataset } ?: 0)

    /** The data set whose labels count. */
    var set = 0

    private val values = domains.associate { it.name to it.default }.toMutableMap()

    init {
        for (set in 0 until sets) {
            for (group in groups(set)) {
                val members = members(set, group)
                val first = members.firstOrNull { it.default == 1f } ?: members[0]
                choose(first, if (mayBeNone(members)) first.default == 1f else true)
            }
        }
    }

    /** The exclusive groups of a data set. */
    fun groups(set: Int): List<String> =
        domains.filter { it.dataset == set }.mapNotNull { it.group }.distinct()

    /** The members of a group, or the toggles for null. */
    fun members(set: Int, group: String?): List<Domain> =
        domains.filter { it.dataset == set && it.group == group }

    /** Whether none of a group may be chosen. */
    fun mayBeNone(members: List<Domain>): Boolean = members.none { it.oneHot }

    /** Choose a member of a group, which leaves the others, or leave it. */
    fun choose(member: Domain, chosen: Boolean = true) {
        for (other in members(member.dataset, member.group)) values[other.name] = 0f
        if (chosen) values[member.name] = 1f
    }

    /** Set a toggle, 0 to 1. */
    fun slide(toggle: Domain, value: Float) {
        values[toggle.name] = value
    }

    /** What a domain is now. */
    fun value(domain: Domain): Float = values.getValue(domain.name)

    /**
     * The label, as edgegan.domains.encode makes it: one entry a domain and, if there are several
     * data sets, one more for each, of which the chosen one is 1.
     */
    fun label(): FloatArray {
        val chosen = domains.map { if (it.dataset == set) value(it) else 0f }
        val mask = if (sets > 1) List(sets) { if (it == set) 1f else 0f } else emptyList()
        return (chosen + mask).toFloatArray()
    }
}
