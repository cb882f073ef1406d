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

    /// Translate the photo in the data of an image file.
    func open(_ data: Data) {
        status = "Translating ..."
        do {
            photo = try Picture(photo: data)
            again()
        } catch {
            fail(error)
        }
    }

    func fail(_ error: Error) {
        status = error.localizedDescription
    }

    /// Translate what is there to what is chosen now, and nothing that was asked for before.
    private func again() {
        guard let photo, let translator else { return }
        let label = choices.label
        working?.cancel()
        working = Task {
            do {
                let found = try await translator.translate(photo, label: label)
                if Task.isCancelled { return }
                translation = found
                status = "\(found.milliseconds) ms, \(found.accelerator)"
            } catch is CancellationError {
                return
            } catch {
                fail(error)
            }
        }
    }
}
