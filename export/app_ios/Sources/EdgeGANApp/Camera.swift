import SwiftUI
import UIKit

/// The system's camera, which gives one photo. The app's Info.plist needs NSCameraUsageDescription.
struct Camera: UIViewControllerRepresentable {
    static var isAvailable: Bool { UIImagePickerController.isSourceTypeAvailable(.camera) }

    let taken: (Data) -> Void
    @Environment(\.dismiss) private var dismiss

    func makeUIViewController(context: Context) -> UIImagePickerController {
        let camera = UIImagePickerController()
        camera.sourceType = .camera
        camera.delegate = context.coordinator
        return camera
    }

    func updateUIViewController(_ controller: UIImagePickerController, context: Context) {}

    func makeCoordinator() -> Coordinator {
        Coordinator(camera: self)
    }

    final class Coordinator: NSObject, UIImagePickerControllerDelegate,
        UINavigationControllerDelegate
    {
        private let camera: Camera

        init(camera: Camera) {
            self.camera = camera
        }

        func imagePickerController(
            _ picker: UIImagePickerController,
            didFinishPickingMediaWithInfo info: [UIImagePickerController.InfoKey: Any]
        ) {
            // JPEG keeps the orientation, which PNG does not.
            let photo = info[.originalImage] as? UIImage
            if let data = photo?.jpegData(compressionQuality: 0.95) { camera.taken(data) }
            camera.dismiss()
        }

        func imagePickerControllerDidCancel(_ picker: UIImagePickerController) {
            camera.dismiss()
        }
    }
}
