import Foundation

// The label that a multi-domain generator is asked by, as edgegan.domains has it in Python.

/// One entry of the label: a member of an exclusive group, or a toggle if it has none.
struct Domain: Decodable, Hashable, Identifiable {
    let name: String
    let group: String?
    let oneHot: Bool
    let `default`: Float
    let dataset: Int

    var id: String { name }
    var words: String { name.replacingOccurrences(of: "_", with: " ") }
}

/// What is chosen of the domains; it begins with the defaults.
struct Choices {
    let domains: [Domain]
    /// The data set whose labels count.
    var set = 0

    private var values: [String: Float]

    init(_ domains: [Domain]) {
        self.domains = domains
        values = Dictionary(uniqueKeysWithValues: domains.map { ($0.name, $0.default) })
        for set in 0..<sets {
            for group in groups(set) {
                let members = members(set, group)
                let defaulted = members.first { $0.default == 1 }
                choose(defaulted ?? (mayBeNone(members) ? nil : members[0]), of: members)
            }
        }
    }

    /// How many data sets with labels of their own the generator learned from.
    var sets: Int { 1 + (domains.map(\.dataset).max() ?? 0) }

    /// The exclusive groups of a data set.
    func groups(_ set: Int) -> [String] {
        var found: [String] = []
        for case let group? in domains.filter({ $0.dataset == set }).map(\.group)
        where !found.contains(group) {
            found.append(group)
        }
        return found
    }

    /// The members of a group, or the toggles for nil.
    func members(_ set: Int, _ group: String?) -> [Domain] {
        domains.filter { $0.dataset == set && $0.group == group }
    }

    /// Whether none of a group may be chosen.
    func mayBeNone(_ members: [Domain]) -> Bool {
        !members.contains { $0.oneHot }
    }

    /// The member of a group that is chosen.
    func chosen(of members: [Domain]) -> Domain? {
        members.first { values[$0.name] == 1 }
    }

    /// Choose a member of a group, or none, which leaves the others.
    mutating func choose(_ member: Domain?, of members: [Domain]) {
        for other in members { values[other.name] = other.name == member?.name ? 1 : 0 }
    }

    /// What a toggle is now, 0 to 1.
    subscript(toggle: Domain) -> Float {
        get { values[toggle.name] ?? 0 }
        set { values[toggle.name] = newValue }
    }

    /// The label, as edgegan.domains.encode makes it: one entry a domain and, if there are several
    /// data sets, one more for each, of which the chosen one is 1.
    var label: [Float] {
        let chosen = domains.map { $0.dataset == set ? self[$0] : 0 }
        return chosen + (sets > 1 ? (0..<sets).map { $0 == set ? 1 : 0 } : [])
    }
}
