import CoreGraphics
import Foundation
import ImageIO

// Photos from the system, and pictures for it.

private let longest = 5000  // pixels of a side; larger photos are decoded smaller

extension Picture {
    /// Decode a photo, upright and flattened on white.
    init(photo: Data) throws {
        let how: [CFString: Any] = [
            kCGImageSourceCreateThumbnailFromImageAlways: true,
            kCGImageSourceCreateThumbnailWithTransform: true,
            kCGImageSourceThumbnailMaxPixelSize: longest,
        ]
        guard let source = CGImageSourceCreateWithData(photo as CFData, nil),
            let image = CGImageSourceCreateThumbnailAtIndex(source, 0, how as CFDictionary)
        else { throw Failure("This is no picture that the phone can read. Choose a JPEG or PNG.") }
        self.init(width: image.width, height: image.height)
        // The photo's own colours, as EdgeGAN's Python reads them; others are converted.
        let own = image.colorSpace.flatMap { $0.model == .rgb && $0.supportsOutput ? $0 : nil }
        let drawn = try drawing(in: own ?? CGColorSpaceCreateDeviceRGB()) { context in
            let whole = CGRect(x: 0, y: 0, width: image.width, height: image.height)
            context.setFillColor(red: 1, green: 1, blue: 1, alpha: 1)
            context.fill(whole)
            context.draw(image, in: whole)
        }
        data = drawn
    }

    /// As the system shows it.
    var image: CGImage? {
        CGDataProvider(data: Data(data) as CFData).flatMap { provider in
            CGImage(
                width: width, height: height, bitsPerComponent: 8, bitsPerPixel: 32,
                bytesPerRow: width * Self.bytes,
                space: CGColorSpace(name: CGColorSpace.sRGB) ?? CGColorSpaceCreateDeviceRGB(),
                bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.noneSkipLast.rawValue),
                provider: provider, decode: nil, shouldInterpolate: true, intent: .defaultIntent)
        }
    }

    private func drawing(
        in space: CGColorSpace, _ draw: (CGContext) -> Void
    ) throws -> [UInt8] {
        var bytes = data
        let made = bytes.withUnsafeMutableBytes { buffer -> Bool in
            guard
                let context = CGContext(
                    data: buffer.baseAddress, width: width, height: height, bitsPerComponent: 8,
                    bytesPerRow: width * Self.bytes, space: space,
                    bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
            else { return false }
            draw(context)
            return true
        }
        guard made else { throw Failure("The photo cannot be decoded.") }
        return bytes
    }
}
