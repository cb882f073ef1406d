import Foundation

// The self-test of every EdgeGAN artifact: a fixed input, and golden values of the Keras generator.
// A GPU that computes wrong results says nothing of it, so each accelerator is tested before it is
// used.

/// The golden values, and how far an output may be from them.
struct SelfTest: Decodable {
    let indices: [Int]
    let values: [Double]
    let label: [Float]
    let mean: Double
    let std: Double
    let atol: Double

    private static let exact = ["fp32", "fp16"]  // others are compared by their root mean square
    private static let knuth: UInt32 = 2_654_435_761  // of his multiplicative hash

    /// The fixed input, float32 in [-1, 1].
    static func fixedInput(count: Int) -> [Float] {
        (0..<count).map { Float((UInt32(truncatingIfNeeded: $0) &* knuth) >> 24) / 127.5 - 1 }
    }

    /// How far an output is from the golden values; infinity if it has values that are no numbers.
    func deviation(of output: [Float], precision: String) -> Double {
        guard !output.contains(where: \.isNaN) else { return .infinity }
        let off = zip(indices, values).map { Double(output[$0]) - $1 }
        if !Self.exact.contains(precision) {
            return (off.map { $0 * $0 }.reduce(0, +) / Double(off.count)).squareRoot()
        }
        let count = Double(output.count)
        let average = output.reduce(0.0) { $0 + Double($1) } / count
        let squares = output.reduce(0.0) { $0 + (Double($1) - average) * (Double($1) - average) }
        let whole = [average - mean, (squares / count).squareRoot() - std]
        return (off + whole).map(abs).max() ?? .infinity
    }
}
