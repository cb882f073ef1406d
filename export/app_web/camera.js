// The live camera: each frame goes to `show`, as fast as that returns.

let stream = null;

export function running() {
  return stream !== null;
}

// Ask for the camera and begin. Throws an Error with words for people.
export async function start(video, show) {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    throw new Error(`The camera is not available (${error.message || error.name}). Allow it in the browser, or choose a photo.`);
  }
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  while (running()) {
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    await show(context.getImageData(0, 0, canvas.width, canvas.height));
    await new Promise(requestAnimationFrame);
  }
}

export function stop(video) {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.srcObject = null;
}
