import PhotosUI
import SwiftUI

/// The whole screen; put it into the WindowGroup of an app.
public struct ContentView: View {
    @StateObject private var state = AppState()
    @State private var picked: PhotosPickerItem?
    @State private var shooting = false

    public init() {}

    public var body: some View {
        NavigationStack {
            Form {
                Section { Text(state.status) }
                if let translation = state.translation { pictures(translation) }
                Section {
                    PhotosPicker("Choose a photo", selection: $picked, matching: .images)
                    Button("Take a photo") { shooting = true }.disabled(!Camera.isAvailable)
                }
                if !state.choices.domains.isEmpty {
                    Section("Translate to") { DomainControls(choices: $state.choices) }
                }
                if let facts = state.translation?.facts {
                    Section("About this model") { ForEach(facts, id: \.self) { Text($0) } }
                }
            }
            .navigationTitle(state.title)
        }
        .onAppear { state.load() }
        .onChange(of: picked) { item in open(item) }
        .sheet(isPresented: $shooting) { Camera { data in state.open { data } } }
    }

    private func pictures(_ translation: Translation) -> some View {
        Section {
            HStack {
                picture(translation.before, "Original")
                picture(translation.after, "Translation")
            }
            if let image = translation.after.image {
                let shared = Image(decorative: image, scale: 1)
                ShareLink(
                    "Save or share", item: shared,
                    preview: SharePreview("Translation", image: shared))
            }
        }
    }

    @ViewBuilder
    private func picture(_ picture: Picture, _ label: String) -> some View {
        if let image = picture.image {
            Image(image, scale: 1, label: Text(label)).resizable().scaledToFit()
        }
    }

    private func open(_ item: PhotosPickerItem?) {
        guard let item else { return }
        picked = nil  // the same photo may be chosen again
        state.open { try await item.loadTransferable(type: Data.self) }
    }
}
