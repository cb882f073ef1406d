// Which backend runs the model: WebGPU if the whole model fits it, else WebAssembly; and only one
// that passes the self-test.

import { loadAndCompile, loadLiteRt, Tensor } from "./litert/core.js";
import { deviation, fixedInput } from "./selftest.js";

let runtime = null; // loaded once, for all models

// Open the model of a manifest. Throws an Error with words for people.
export async function open(manifest, options = {}) {
  const bytes = await fetched(manifest);
  runtime ??= loaded();
  await runtime;
  const tried = [];
  for (const attempt of attempts(options)) {
    const found = await tryOne(bytes, manifest, attempt);
    tried.push({ ...attempt, deviation: found.deviation, error: found.error });
    if (found.network) return { ...found.network, name: attempt.name, tried };
  }
  const reasons = tried.map((one) => `${one.name}: ${one.error}`).join("; ");
  throw new Error(`No backend of this browser gives the right results (${reasons}).`);
}

async function loaded() {
  const folder = new URL("litert/wasm/", document.baseURI).href;
  if (crossOriginIsolated) {
    try {
      return await loadLiteRt(folder, { threads: true });
    } catch (error) {
      console.info(`one thread: ${error.message}`); // a browser without relaxed SIMD
    }
  }
  return loadLiteRt(folder);
}

async function fetched({ file, file_sha256 }) {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`The model ${file} is missing (HTTP ${response.status}).`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hash !== file_sha256) {
    throw new Error(`The model ${file} is damaged: it is not the file that was tested. Reload the page, or make the app again.`);
  }
  return bytes;
}

// ?backend=wasm or webgpu asks for one, ?precision=fp16 lets the GPU compute in 16 bits.
function attempts({ backend, precision }) {
  const wasm = { name: crossOriginIsolated ? "WebAssembly, threads" : "WebAssembly", accelerator: "wasm" };
  const gpu = { name: "WebGPU", accelerator: "webgpu", precision: precision ?? "fp32" };
  if (backend === "wasm" || !navigator.gpu) return [wasm];
  return [gpu, wasm];
}

async function tryOne(bytes, manifest, { accelerator, precision }) {
  let network;
  try {
    if (accelerator === "webgpu" && !(await navigator.gpu.requestAdapter())) {
      return { error: "there is no adapter" };
    }
    const settings = accelerator === "webgpu" ? { gpuOptions: { precision } } : {};
    const model = await loadAndCompile(bytes, { accelerator, ...settings });
    if (accelerator === "webgpu" && model.isFullyAccelerated === false) {
      return { error: "it does not take the whole model" };
    }
    network = callable(model, manifest);
    const test = manifest.selftest;
    if (!test) return { network };
    const [height, width, channels] = manifest.io.inputs[0].shape.slice(1);
    const output = await network.run(fixedInput(height * width * channels), Float32Array.from(test.label));
    const off = deviation(test, manifest.precision.requested, output);
    if (off <= test.atol) return { network, deviation: off };
    return { deviation: off, error: `its results are off by ${off.toPrecision(2)}, allowed is ${test.atol}` };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

function callable(model, manifest) {
  const [image, label] = manifest.io.inputs;
  return {
    async run(pixels, labels) {
      const tensors = [new Tensor(pixels, image.shape)];
      if (label) tensors.push(new Tensor(labels, label.shape));
      const outputs = await model.run(tensors);
      const values = Float32Array.from(await outputs[0].data());
      for (const tensor of [...tensors, ...outputs]) tensor.delete();
      return values;
    },
  };
}
