// Which backend runs the model: WebGPU if the whole model fits it, else WebAssembly; and only one
// that passes the self-test.

import { loadAndCompile, loadLiteRt, Tensor } from "./litert/core.js";
import { deviation, fixedInput } from "./selftest.js";

let runtime = null; // loaded once, for all models; resolves to whether it has threads

// Open the model of a manifest. Throws an Error with words for people.
// `backend` "wasm" leaves WebGPU out; `precision` "fp16" lets it compute in 16 bits.
export async function open(manifest, { backend, precision } = {}) {
  const bytes = await fetched(manifest);
  runtime ??= loaded().catch((error) => {
    runtime = null;
    throw error;
  });
  const threads = await runtime;
  const wasm = { name: threads ? "WebAssembly, threads" : "WebAssembly", accelerator: "wasm" };
  const gpu = { name: "WebGPU", accelerator: "webgpu", precision: precision ?? "fp32" };
  const tried = [];
  for (const attempt of backend === "wasm" || !navigator.gpu ? [wasm] : [gpu, wasm]) {
    const found = await tryOne(bytes, manifest, attempt);
    tried.push({ ...attempt, deviation: found.deviation, error: found.error });
    if (!found.error) return { ...found.network, name: attempt.name, tried };
    found.network?.close();
  }
  const reasons = tried.map((one) => `${one.name}: ${one.error}`).join("; ");
  throw new Error(`No backend of this browser gives the right results (${reasons}).`);
}

async function loaded() {
  const folder = new URL("litert/wasm/", document.baseURI).href;
  if (crossOriginIsolated) {
    try {
      await loadLiteRt(folder, { threads: true });
      return true;
    } catch (error) {
      console.info(`one thread: ${error.message}`); // a browser without relaxed SIMD
    }
  }
  await loadLiteRt(folder);
  return false;
}

async function fetched({ file, file_sha256 }) {
  let bytes = await content(file);
  if ((await hash(bytes)) !== file_sha256) {
    for (const name of await caches.keys()) await (await caches.open(name)).delete(file);
    bytes = await content(file, { cache: "reload" }); // what was kept may be what is damaged
  }
  if ((await hash(bytes)) !== file_sha256) {
    throw new Error(`The model ${file} is damaged: it is not the file that was tested. Copy the app anew.`);
  }
  return bytes;
}

async function content(file, how) {
  const response = await fetch(file, how);
  if (!response.ok) throw new Error(`The model ${file} is missing (HTTP ${response.status}). Copy the whole app.`);
  return new Uint8Array(await response.arrayBuffer());
}

async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function tryOne(bytes, manifest, { accelerator, precision }) {
  let network;
  try {
    if (accelerator === "webgpu" && !(await navigator.gpu.requestAdapter())) {
      return { error: "there is no adapter" };
    }
    const settings = accelerator === "webgpu" ? { gpuOptions: { precision } } : {};
    const model = await loadAndCompile(bytes, { accelerator, ...settings });
    network = callable(model, manifest);
    if (accelerator === "webgpu" && model.isFullyAccelerated === false) {
      return { network, error: "it does not take the whole model" };
    }
    return { network, ...(await tested(network, manifest)) };
  } catch (error) {
    return { network, error: String(error?.message ?? error) };
  }
}

async function tested(network, { io, selftest, precision }) {
  const [height, width, channels] = io.inputs[0].shape.slice(1);
  const output = await network.run(fixedInput(height * width * channels), Float32Array.from(selftest.label));
  const off = deviation(selftest, precision.requested, output);
  if (off <= selftest.atol) return { deviation: off };
  return { deviation: off, error: `its results are off by ${off.toPrecision(2)}, allowed is ${selftest.atol}` };
}

function callable(model, manifest) {
  const [image, label] = manifest.io.inputs;
  return {
    async run(pixels, labels) {
      const tensors = [];
      try {
        tensors.push(new Tensor(pixels, image.shape));
        if (label) tensors.push(new Tensor(labels, label.shape));
        const outputs = await model.run([...tensors]);
        tensors.push(...outputs);
        return Float32Array.from(await outputs[0].data());
      } finally {
        for (const tensor of tensors) tensor.delete();
      }
    },
    close: () => model.delete(),
  };
}
