import Foundation
import LiteRT

/// A translated photo: what went in, what came out, and how it went.
struct Translation {
    let before: Picture
    let after: Picture
    let milliseconds: Int
    let accelerator: String
    let facts: [String]
}

/// Translates photos by the model whose sides' ratio is nearest, one at a time.
actor Translator {
    private let models: [Model]
    private let folder: URL
    private let environment: Environment
    private var generator: Generator?

    init(models: [Model], folder: URL) throws {
        self.models = models
        self.folder = folder
        environment = try Environment()
    }

    /// Translate a photo, to what a label asks for.
    func translate(_ photo: Picture, label: [Float]) throws -> Translation {
        try Task.checkCancellation()  // somebody asked for another while this one waited
        let model = try prepare(for: photo).model
        let before = photo.prepared(for: model.size, channels: model.channels)
        let pixels = before.floats(channels: model.channels)
        let begun = Date()
        let (values, used) = try run(pixels, label: label)
        let spent = Date().timeIntervalSince(begun)
        if values.contains(where: \.isNaN) {
            throw Failure("The model gave values that are no numbers.")
        }
        return Translation(
            before: before,
            after: Picture(floats: values, size: model.size),
            milliseconds: Int((spent * 1000).rounded()),
            accelerator: used.name,
            facts: [used.model.file] + used.tried
        )
    }

    private func prepare(for photo: Picture) throws -> Generator {
        func off(_ size: Size) -> Double {
            let ratio = Double(size.width * photo.height) / Double(size.height * photo.width)
            return abs(log(ratio))
        }
        guard let nearest = models.map(\.size).min(by: { off($0) < off($1) }) else {
            throw Failure("model.json names no models.")
        }
        if let generator, generator.model.size == nearest { return generator }
        return try open(nearest)
    }

    // A GPU may be lost; then the CPU goes on.
    private func run(_ pixels: [Float], label: [Float]) throws -> ([Float], Generator) {
        guard let current = generator else { throw Failure("No model is open.") }
        do {
            return (try current.run(pixels, label: label), current)
        } catch where current.name == "GPU" {
            let other = try open(current.model.size, gpu: false)
            return (try other.run(pixels, label: label), other)
        }
    }

    private func open(_ size: Size, gpu: Bool = true) throws -> Generator {
        generator = nil
        let fitting = models.filter { $0.size == size }
        let opened = try Generator.open(fitting, in: folder, environment, gpu: gpu)
        generator = opened
        return opened
    }
}
