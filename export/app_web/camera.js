// The live camera: calls `show` again and again while it runs, as fast as that returns.

let session = 0; // counts starts and stops, so that what an older start awaited does nothing
let stream = null;
let on = false;

export function running() {
  return on;
}

// Ask for the camera and begin. Throws an Error with words for people.
export async function start(video, show) {
  const mine = ++session;
  on = true;
  const got = await asked();
  if (mine !== session) return end(got);
  stream = got;
  stream.getVideoTracks()[0].onended = () => stop(video);
  video.srcObject = stream;
  try {
    await video.play();
  } catch (error) {
    if (mine === session) throw error;
  }
  while (mine === session) {
    await show(() => mine === session);
    await new Promise(requestAnimationFrame);
  }
}

export function stop(video) {
  session++;
  on = false;
  if (stream) end(stream);
  stream = null;
  video.srcObject = null;
}

async function asked() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    throw new Error(`The camera is not available (${error.message || error.name}). Allow it in the browser, or choose a photo.`);
  }
}

function end(stream) {
  for (const track of stream.getTracks()) track.stop();
}
