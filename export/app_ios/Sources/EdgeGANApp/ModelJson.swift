import Foundation

// What model.json tells, as `edgegan app` wrote it: a title, and the manifest of each .tflite. The
// names are those of the file, in Swift's spelling (JSONDecoder.KeyDecodingStrategy).

struct ModelJson: Decodable {
    let schema: Int
    let title: String
    let models: [Model]

    static func read(from folder: URL) throws -> ModelJson {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = try Data(contentsOf: folder.appendingPathComponent("model.json"))
        let told = try decoder.decode(ModelJson.self, from: data)
        if told.schema != 1 { throw Failure("model.json is of another release of edgegan.") }
        return told
    }
}

struct Model: Decodable {
    let file: String
    let task: Task?
    let io: IO
    let precision: Precision
    let selftest: SelfTest

    var size: Size { Size(height: shape[1], width: shape[2]) }
    var channels: Int { shape[3] }
    /// Without a label beside the image there is nothing to choose.
    var domains: [Domain] { io.inputs.count > 1 ? task?.domains ?? [] : [] }

    private var shape: [Int] { io.inputs[0].shape }  // NHWC

    struct Task: Decodable {
        let domains: [Domain]
    }

    struct IO: Decodable {
        let inputs: [Tensor]
    }

    struct Tensor: Decodable {
        let shape: [Int]
    }

    struct Precision: Decodable {
        let requested: String
    }
}

/// What went wrong, in words for people.
struct Failure: LocalizedError {
    let errorDescription: String?

    init(_ words: String) {
        errorDescription = words
    }
}
