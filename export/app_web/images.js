// Pixels in and out, as edgegan.images does it in Python: bytes 0..255 become x / 127.5 - 1, and
// photos are resized by Pillow's bicubic filter.

const CUBIC = -0.5; // Keys' parameter, as Pillow has it
const FIXED = 2 ** 22; // coefficients are rounded to so many steps

const MOST = 16_000_000; // pixels that a canvas holds on every phone

// Decode a file, upright; transparency is flattened on white. Throws an Error with words for people.
export async function decode(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read. Choose a JPEG or PNG.`);
  }
  const scale = Math.min(1, Math.sqrt(MOST / (bitmap.width * bitmap.height)));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.floor(side * scale)));
  const context = canvas(width, height);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

// The middle of a video's frame at [height, width]; scaled by the browser, which is fast.
export function frame(video, [height, width]) {
  const scale = Math.min(video.videoWidth / width, video.videoHeight / height);
  const [w, h] = [width * scale, height * scale];
  const context = canvas(width, height);
  const [left, top] = [(video.videoWidth - w) / 2, (video.videoHeight - h) / 2];
  context.drawImage(video, left, top, w, h, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function canvas(width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  return context;
}

// What a network of [height, width] and `channels` takes of an image: its middle, gray for one
// channel. It is made gray before it is resized, as in Python: at edges of colours this matters.
export function prepared(image, size, channels) {
  const cut = crop(image, size);
  return resize(channels === 1 ? gray(cut) : cut, size);
}

// Cut the middle out of an image, with the sides' ratio of [height, width].
export function crop(image, [height, width]) {
  const scale = Math.min(image.width / width, image.height / height);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (w === image.width && h === image.height) return image;
  const [left, top] = [(image.width - w) >> 1, (image.height - h) >> 1];
  const cut = new ImageData(w, h);
  for (let y = 0; y < h; y++) {
    const start = 4 * ((top + y) * image.width + left);
    cut.data.set(image.data.subarray(start, start + 4 * w), 4 * y * w);
  }
  return cut;
}

// Resize to [height, width]: first along rows, then along columns, rounded to bytes between.
export function resize(image, [height, width]) {
  const wide = image.width === width ? image : resampled(image, width, image.height, true);
  return wide.height === height ? wide : resampled(wide, width, height, false);
}

// RGB of an image as float32 in [-1, 1], NHWC; gray for one channel.
export function toFloats(image, channels) {
  const { data } = image;
  const floats = new Float32Array((data.length / 4) * channels);
  for (let i = 0, k = 0; i < data.length; i += 4) {
    if (channels === 1) floats[k++] = Math.fround(luma(data, i) / 127.5) - 1;
    else for (let c = 0; c < 3; c++) floats[k++] = Math.fround(data[i + c] / 127.5) - 1;
  }
  return floats;
}

// The reverse: a network's output as an image of [height, width].
export function toImage(floats, [height, width]) {
  const image = new ImageData(width, height);
  const channels = floats.length / (height * width);
  for (let i = 0, k = 0; i < image.data.length; i += 4, k += channels) {
    for (let c = 0; c < 3; c++) {
      image.data[i + c] = Math.round((floats[k + (channels === 1 ? 0 : c)] + 1) * 127.5);
    }
    image.data[i + 3] = 255; // a clamped array takes care of the limits
  }
  return image;
}

function gray(image) {
  const made = new ImageData(image.width, image.height);
  for (let i = 0; i < made.data.length; i += 4) {
    made.data.fill(luma(image.data, i), i, i + 3);
    made.data[i + 3] = 255;
  }
  return made;
}

function luma(data, i) {
  return (data[i] * 19595 + data[i + 1] * 38470 + data[i + 2] * 7471 + 32768) >> 16;
}

function resampled(image, width, height, alongRows) {
  const length = alongRows ? image.width : image.height;
  const taps = filterTaps(length, alongRows ? width : height);
  const out = new ImageData(width, height);
  const step = alongRows ? 4 : 4 * image.width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, weights } = taps[alongRows ? x : y];
      const start = (alongRows ? 4 * y * image.width : 4 * x) + first * step;
      for (let c = 0; c < 4; c++) {
        let sum = FIXED / 2;
        for (let t = 0; t < weights.length; t++) sum += weights[t] * image.data[start + t * step + c];
        out.data[4 * (y * width + x) + c] = Math.floor(sum / FIXED);
      }
    }
  }
  return out;
}

// For each output its first input and the weights from there on; wider when it shrinks.
function filterTaps(length, count) {
  const scale = length / count;
  const stretch = Math.max(scale, 1);
  const taps = [];
  for (let i = 0; i < count; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
    const last = Math.min(Math.trunc(centre + 2 * stretch + 0.5), length);
    const exact = [];
    for (let x = first; x < last; x++) exact.push(cubic((x - centre + 0.5) / stretch));
    const sum = exact.reduce((a, b) => a + b, 0);
    taps.push({ first, weights: exact.map((w) => rounded((w / sum) * FIXED)) });
  }
  return taps;
}

function rounded(value) {
  return Math.trunc(value + (value < 0 ? -0.5 : 0.5));
}

// Keys 1981, eq. 4.
function cubic(x) {
  x = Math.abs(x);
  if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * CUBIC;
  return 0;
}
