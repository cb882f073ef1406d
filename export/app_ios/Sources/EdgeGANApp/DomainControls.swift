import SwiftUI

/// A choice for each exclusive group and a slider for each toggle; if there are several data sets,
/// a choice of the one whose labels count.
struct DomainControls: View {
    @Binding var choices: Choices

    var body: some View {
        if choices.sets > 1 {
            Picker("Kind of labels", selection: $choices.set) {
                ForEach(0..<choices.sets, id: \.self) { Text("set \($0 + 1)").tag($0) }
            }
        }
        ForEach(choices.groups(choices.set), id: \.self, content: group)
        ForEach(choices.members(choices.set, nil), content: slider)
    }

    private func group(_ name: String) -> some View {
        let members = choices.members(choices.set, name)
        let chosen = Binding<String?>(
            get: { choices.chosen(of: members)?.name },
            set: { wanted in
                choices.choose(members.first { $0.name == wanted }, of: members)
            })
        return Picker(name.replacingOccurrences(of: "_", with: " "), selection: chosen) {
            if choices.mayBeNone(members) { Text("none").tag(String?.none) }
            ForEach(members) { Text($0.words).tag(String?.some($0.name)) }
        }
    }

    private func slider(_ toggle: Domain) -> some View {
        LabeledContent(toggle.words) {
            Slider(value: $choices[toggle], in: 0...1, step: 0.1)
                .accessibilityLabel(toggle.words)
        }
    }
}
