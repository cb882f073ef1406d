import SwiftUI

/// What the view shows, and what is asked for.
@MainActor
final class AppState: ObservableObject {
    @Published private(set) var title = "EdgeGAN"
    @Published private(set) var status = "Loading the model ..."
    @Published private(set) var translation: Translation?
    @Published var choices = Choices([]) {
        didSet { again() }
    }

    private var translator: Translator?
    private var photo: Picture?
    private var working: Task<Void, Never>?

    /// Read model.json and the models beside it.
    func load() {
        guard translator == nil else { return }
        do {
            let folder = Bundle.module.bundleURL.appendingPathComponent("Models")
            let told = try ModelJson.read(from: folder)
            translator = try Translator(models: told.models, folder: folder)
            title = told.title
            choices = Choices(told.models.first?.domains ?? [])
            status = "Ready. Choose a photo; it stays on this phone."
        } catch {
            fail(error)
        }
    }

    /// Translate a photo; `load` gives the data of its file, or nil if there is none after all.
    func open(_ load: @escaping () async throws -> Data?) {
        photo = nil  // else it would be translated again if this one is no picture
        status = "Translating ..."
        work { state in
            guard let data = try await load() else { throw Failure("The photo is not there.") }
            // Decoding takes a while, in which the screen has to answer.
            let decoded = try await Task.detached { try Picture(photo: data) }.value
            try Task.checkCancellation()
            state.photo = decoded
            try await state.translate(decoded)
        }
    }

    /// Translate what is there to what is chosen now.
    private func again() {
        // While one is being opened there is none; it is translated to what is chosen by then.
        guard let photo else { return }
        work { state in try await state.translate(photo) }
    }

    private func translate(_ photo: Picture) async throws {
        guard let translator else { return }
        let found = try await translator.translate(photo, label: choices.label)
        try Task.checkCancellation()
        translation = found
        status = "\(found.milliseconds) ms, \(found.accelerator)"
    }

    /// Do this, and nothing that was asked for before.
    private func work(_ task: @escaping @MainActor (AppState) async throws -> Void) {
        working?.cancel()
        working = Task {
            do {
                try await task(self)
            } catch {
                // What was cancelled may fail by any error, and has no more to say.
                if !Task.isCancelled { fail(error) }
            }
        }
    }

    private func fail(_ error: Error) {
        status = error.localizedDescription
    }
}
