import Foundation
import LiteRT

/// A generator on the first accelerator that takes it and passes its self-test. It is not for
/// several threads at once.
final class Generator {
    let name: String
    let model: Model
    /// What became of the accelerators, in words.
    let tried: [String]

    private let network: Network

    private init(_ attempt: Attempt, _ network: Network, tried: [String]) {
        name = attempt.name
        model = attempt.model
        self.network = network
        self.tried = tried
    }

    /// Open one of several models, which are of the same size and different precisions.
    static func open(
        _ models: [Model], in folder: URL, _ environment: Environment, gpu: Bool = true
    ) throws -> Generator {
        var tried: [String] = []
        for attempt in Attempt.all(models) where gpu || !attempt.onGpu {
            do {
                let file = folder.appendingPathComponent(attempt.model.file)
                let network = try Network(file, attempt.onGpu ? .gpu : .cpu, environment)
                try network.pass(attempt.model)
                tried.append("\(attempt.name): passed")
                return Generator(attempt, network, tried: tried)
            } catch {
                tried.append("\(attempt.name): \(error.localizedDescription)")
            }
        }
        let reasons = tried.joined(separator: "; ")
        throw Failure("No accelerator of this phone gives the right results (\(reasons)).")
    }

    /// Translate pixels, with a label beside them if the generator takes one.
    func run(_ pixels: [Float], label: [Float]) throws -> [Float] {
        try network.run(pixels, label: label)
    }
}

/// An accelerator, and the model that suits it.
private struct Attempt {
    let name: String
    let model: Model
    let onGpu: Bool

    // Float16 files are for GPUs. CPUs are fastest with int8-dynamic; they only store fp16, and
    // compute it as float32.
    private static let forGpu = ["fp16", "fp32", "int8-dynamic", "w8", "int8"]
    private static let forCpu = ["int8-dynamic", "fp32", "int8", "w8", "fp16"]

    static func all(_ models: [Model]) -> [Attempt] {
        [
            Attempt(name: "GPU", model: best(models, forGpu), onGpu: true),
            Attempt(name: "CPU", model: best(models, forCpu), onGpu: false),
        ]
    }

    private static func best(_ models: [Model], _ order: [String]) -> Model {
        func place(_ model: Model) -> Int {
            order.firstIndex(of: model.precision.requested) ?? order.count
        }
        return models.min { place($0) < place($1) }!  // there is one of each size
    }
}

private let threads = 4  // phones have about so many fast cores

/// A .tflite, compiled for one accelerator; floats in, floats out.
private final class Network {
    private let compiled: CompiledModel
    private let inputs: [TensorBuffer]
    private let outputs: [TensorBuffer]

    init(_ file: URL, _ accelerator: Accelerator, _ environment: Environment) throws {
        // One accelerator alone: LiteRT then refuses what it does not take whole.
        let options = try Options()
        try options.setHardwareAccelerators([accelerator])
        if accelerator == .cpu {
            let cpu = try CpuOptions()
            try cpu.setNumThreads(threads)  // by default it uses one
            try options.addConcreteOptions(cpu)
        }
        compiled = try CompiledModel(
            filePath: file.path, environment: environment, options: options)
        inputs = try compiled.createInputBuffers()
        outputs = try compiled.createOutputBuffers()
    }

    func run(_ pixels: [Float], label: [Float]) throws -> [Float] {
        try inputs[0].write(pixels)
        if inputs.count > 1 { try inputs[1].write(label) }
        try compiled.run(inputs: inputs, outputs: outputs)
        return try outputs[0].read()
    }

    /// Run the self-test; throws an error that tells how far off the results are.
    func pass(_ model: Model) throws {
        let test = model.selftest
        let count = model.size.height * model.size.width * model.channels
        let output = try run(SelfTest.fixedInput(count: count), label: test.label)
        let off = test.deviation(of: output, precision: model.precision.requested)
        guard off <= test.atol else {
            throw Failure("its results are off by \(off), allowed is \(test.atol)")
        }
    }
}
