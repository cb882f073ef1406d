// Pixels in and out, as edgegan.images does it in Python: bytes 0..255 become x / 127.5 - 1, and
// photos are resized by Pillow's bicubic filter.

/// The sides of a network's images.
struct Size: Equatable {
    let height: Int
    let width: Int
}

/// Pixels, row by row: red, green, blue, and a byte that says nothing.
struct Picture {
    static let bytes = 4

    let width: Int
    let height: Int
    var data: [UInt8]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        data = [UInt8](repeating: 255, count: width * height * Self.bytes)
    }

    /// What a network takes of a photo: its middle, gray for one channel. It is made gray before it
    /// is resized, as Python does: at edges of colours the order matters.
    func prepared(for size: Size, channels: Int) -> Picture {
        let cut = cropped(to: size)
        return (channels == 1 ? cut.gray : cut).resized(to: size)
    }

    /// Cut the middle out, with the sides' ratio of a size.
    func cropped(to size: Size) -> Picture {
        let scale = min(Double(width) / Double(size.width), Double(height) / Double(size.height))
        let columns = Int((Double(size.width) * scale).rounded())
        let rows = Int((Double(size.height) * scale).rounded())
        let (left, top) = ((width - columns) / 2, (height - rows) / 2)
        var cut = Picture(width: columns, height: rows)
        let count = columns * Self.bytes
        for row in 0..<rows {
            let start = ((top + row) * width + left) * Self.bytes
            let target = row * count..<(row + 1) * count
            cut.data.replaceSubrange(target, with: data[start..<start + count])
        }
        return cut
    }

    /// Resize first along rows, then along columns, rounded to bytes between.
    func resized(to size: Size) -> Picture {
        let wide = width == size.width ? self : resampled(to: size.width, alongRows: true)
        return height == size.height ? wide : wide.resampled(to: size.height, alongRows: false)
    }

    /// RGB as float32 in [-1, 1], NHWC; for one channel that of a gray picture.
    func floats(channels: Int) -> [Float] {
        stride(from: 0, to: data.count, by: Self.bytes).flatMap { at -> [Float] in
            data[at..<at + channels].map { Float($0) / 127.5 - 1 }
        }
    }

    /// The reverse: a network's output as a picture.
    init(floats: [Float], size: Size) {
        self.init(width: size.width, height: size.height)
        let count = size.width * size.height
        let channels = floats.count / count
        for at in 0..<count {
            for c in 0..<3 {
                let value = (floats[at * channels + min(c, channels - 1)] + 1) * 127.5
                let level = value.rounded(.toNearestOrEven)
                data[at * Self.bytes + c] = UInt8(min(max(level, 0), 255))
            }
        }
    }

    /// ITU-R 601-2 luma in all channels, as Pillow has it.
    private var gray: Picture {
        var made = self
        for at in stride(from: 0, to: data.count, by: Self.bytes) {
            let (red, green, blue) = (Int(data[at]), Int(data[at + 1]), Int(data[at + 2]))
            let luma = UInt8((red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16)
            for c in 0..<3 { made.data[at + c] = luma }
        }
        return made
    }

    private func resampled(to count: Int, alongRows: Bool) -> Picture {
        let taps = filterTaps(from: alongRows ? width : height, to: count)
        var out = Picture(width: alongRows ? count : width, height: alongRows ? height : count)
        let step = alongRows ? Self.bytes : Self.bytes * width
        for y in 0..<out.height {
            for x in 0..<out.width {
                let tap = taps[alongRows ? x : y]
                let start = (alongRows ? y * width : x) * Self.bytes + tap.first * step
                for c in 0..<3 {
                    var sum = fixed / 2
                    for (t, weight) in tap.weights.enumerated() {
                        sum += weight * Int(data[start + t * step + c])
                    }
                    let level = UInt8(min(max(sum >> bits, 0), 255))
                    out.data[(y * out.width + x) * Self.bytes + c] = level
                }
            }
        }
        return out
    }
}

private let bits = 22  // coefficients are rounded to so many
private let fixed = 1 << bits
private let cubicParameter = -0.5  // Keys' parameter, as Pillow has it

private struct Tap {
    let first: Int
    let weights: [Int]
}

/// For each output its first input and the weights from there on; wider when it shrinks.
private func filterTaps(from length: Int, to count: Int) -> [Tap] {
    let scale = Double(length) / Double(count)
    let stretch = max(scale, 1)
    return (0..<count).map { i in
        let centre = (Double(i) + 0.5) * scale
        let first = max(Int(centre - 2 * stretch + 0.5), 0)
        let last = min(Int(centre + 2 * stretch + 0.5), length)
        let exact = (first..<last).map { cubic((Double($0) - centre + 0.5) / stretch) }
        let sum = exact.reduce(0, +)
        let weights = exact.map { Int(($0 / sum * Double(fixed)).rounded()) }
        return Tap(first: first, weights: weights)
    }
}

/// Keys 1981, eq. 4.
private func cubic(_ offset: Double) -> Double {
    let x = abs(offset)
    if x < 1 { return ((cubicParameter + 2) * x - (cubicParameter + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * cubicParameter }
    return 0
}
