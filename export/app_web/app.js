// The page: what is pressed, what is shown.

import * as backend from "./backend.js";
import * as camera from "./camera.js";
import * as domains from "./domains.js";
import { crop, decode, resize, toFloats, toImage } from "./images.js";

const at = (id) => document.getElementById(id);
const state = { models: [], manifest: null, network: null, source: null };

start().catch(fail);

async function start() {
  keepOffline();
  const bundle = await (await fetch("model.json")).json();
  state.models = bundle.models;
  document.title = at("title").textContent = bundle.title;
  await use(state.models[0]);
  const choices = state.manifest.task?.domains ?? [];
  if (choices.length) domains.build(at("domains"), choices);
  wire();
  for (const control of document.querySelectorAll("#file, #shot, #camera")) control.disabled = false;
  say("Ready. Choose a photo; it stays on this device.");
}

// Open the model of a manifest, unless it is in use.
async function use(manifest) {
  if (manifest === state.manifest) return;
  say("Loading the model ...");
  const wanted = Object.fromEntries(new URLSearchParams(location.search));
  state.network = await backend.open(manifest, wanted);
  state.manifest = manifest;
  document.documentElement.dataset.backend = state.network.name;
  document.documentElement.dataset.tried = JSON.stringify(state.network.tried);
  tellFacts();
}

function wire() {
  for (const id of ["file", "shot"]) at(id).addEventListener("change", guarded(choose));
  at("camera").addEventListener("click", guarded(toggleCamera));
  at("domains").addEventListener("input", guarded(again));
  at("split").addEventListener("input", () => at("stage").style.setProperty("--split", `${at("split").value}%`));
  at("side").addEventListener("change", arrange);
  at("save").addEventListener("click", guarded(save));
  at("share").addEventListener("click", guarded(share));
  at("share").hidden = !navigator.canShare;
}

function arrange() {
  const beside = at("side").checked;
  at("stage").className = beside ? "beside" : "swipe";
  at("swipe").hidden = beside;
}

async function choose(event) {
  const [file] = event.target.files;
  event.target.value = ""; // the same file may be chosen again
  if (!file) return;
  if (camera.running()) stopCamera();
  say("Translating ...");
  let image;
  try {
    image = await decode(file);
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read. Choose a JPEG or PNG.`);
  }
  await use(nearest(image));
  state.source = resize(crop(image, size()), size());
  await again();
}

async function toggleCamera() {
  if (camera.running()) return stopCamera();
  at("camera").setAttribute("aria-pressed", "true");
  try {
    await camera.start(at("video"), async (frame) => {
      state.source = scaled(crop(frame, size()));
      await again();
    });
  } catch (error) {
    stopCamera();
    throw error;
  }
}

function stopCamera() {
  camera.stop(at("video"));
  at("camera").setAttribute("aria-pressed", "false");
}

// Translate the picture that is there, and show it.
async function again() {
  if (!state.source) return;
  const choices = state.manifest.task?.domains ?? [];
  const label = choices.length ? domains.label(at("domains"), choices) : null;
  const channels = state.manifest.io.inputs[0].shape[3];
  const begun = performance.now();
  const values = await state.network.run(toFloats(state.source, channels), label);
  const spent = performance.now() - begun;
  paint(at("before"), state.source);
  paint(at("after"), toImage(values, size()));
  for (const id of ["stage", "comparison"]) at(id).hidden = false;
  for (const id of ["save", "share"]) at(id).disabled = false;
  say(`Translated in ${Math.round(spent)} ms (${state.network.name}).`);
}

// The model whose sides' ratio is nearest to the picture's.
function nearest(image) {
  const off = ({ io }) => Math.abs(Math.log(((io.inputs[0].shape[2] / io.inputs[0].shape[1]) * image.height) / image.width));
  return state.models.reduce((best, one) => (off(one) < off(best) ? one : best));
}

function size() {
  return state.manifest.io.inputs[0].shape.slice(1, 3);
}

// Frames are scaled by the browser: it is not as exact as for photos, but fast.
function scaled(frame) {
  const [height, width] = size();
  const [from, to] = [new OffscreenCanvas(frame.width, frame.height), new OffscreenCanvas(width, height)];
  from.getContext("2d").putImageData(frame, 0, 0);
  const context = to.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(from, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function paint(canvas, image) {
  if (canvas.width !== image.width || canvas.height !== image.height) {
    Object.assign(canvas, { width: image.width, height: image.height });
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function picture() {
  return new Promise((done) => at("after").toBlob(done, "image/png"));
}

async function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await picture());
  link.download = "translation.png";
  link.click();
  URL.revokeObjectURL(link.href);
}

async function share() {
  const file = new File([await picture()], "translation.png", { type: "image/png" });
  if (!navigator.canShare({ files: [file] })) return save();
  try {
    await navigator.share({ files: [file] });
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function tellFacts() {
  const { manifest, network } = state;
  const [height, width] = size();
  const facts = {
    Translation: manifest.task?.direction ?? "unknown",
    Size: `${width} x ${height} pixels, ${(manifest.size_bytes / 1e6).toFixed(1)} MB, ${manifest.precision.requested}`,
    "Runs on": network.name,
    "Self-test": network.tried.map((one) => `${one.name}: ${one.error ?? "passed"}`).join("; "),
  };
  at("facts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, text]) => [
      Object.assign(document.createElement("dt"), { textContent: name }),
      Object.assign(document.createElement("dd"), { textContent: text }),
    ]),
  );
}

function keepOffline() {
  // Without HTTPS (but for localhost) there is no service worker; the app works, online only.
  navigator.serviceWorker?.register("sw.js").catch((error) => console.info(`offline use: ${error.message}`));
}

function guarded(action) {
  return (event) => Promise.resolve(action(event)).catch(fail);
}

function say(text) {
  at("status").className = "";
  at("status").textContent = text;
}

function fail(error) {
  at("status").className = "wrong";
  at("status").textContent = error.message ?? String(error);
}
