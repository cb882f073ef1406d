// swift-tools-version: 5.9

import PackageDescription

let package = Package(
    name: "EdgeGANApp",
    platforms: [.iOS(.v16)],
    products: [
        .library(name: "EdgeGANApp", targets: ["EdgeGANApp"])
    ],
    dependencies: [
        // LiteRT publishes its Swift package by branches of releases.
        .package(url: "https://github.com/google-ai-edge/LiteRT", branch: "release/2.3.0")
    ],
    targets: [
        .target(
            name: "EdgeGANApp",
            dependencies: [
                .product(name: "LiteRT", package: "LiteRT"),
                // Without it the accelerator .gpu is not found.
                .product(name: "LiteRtMetalAccelerator", package: "LiteRT"),
            ],
            resources: [.copy("Models")]
        )
    ]
)
