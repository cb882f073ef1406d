// The page: what is pressed, what is shown.

import * as backend from "./backend.js";
import * as camera from "./camera.js";
import * as domains from "./domains.js";
import { decode, frame, prepared, toFloats, toImage } from "./images.js";

const at = (id) => document.getElementById(id);
const state = { models: [], manifest: null, network: null, source: null };
let chosen = 0; // counts photos, so that a slower one does not come after a later one
let working = null; // the translation that runs; one at a time
let wanted = false; // whether another is to follow

start().catch(fail);

async function start() {
  if (!isSecureContext) throw new Error("Browsers run this app only by https:// or on localhost.");
  keepOffline();
  const bundle = await described();
  state.models = bundle.models;
  document.title = at("title").textContent = bundle.title;
  await use(state.models[0]);
  const choices = state.manifest.task?.domains ?? [];
  if (choices.length) domains.build(at("domains"), choices, guarded(again));
  wire();
  for (const control of document.querySelectorAll("#file, #shot, #camera")) control.disabled = false;
  say("Ready. Choose a photo; it stays on this device.");
}

async function described() {
  const response = await fetch("model.json");
  if (!response.ok) throw new Error(`model.json is missing (HTTP ${response.status}); copy the whole app.`);
  return response.json();
}

// Open the model of a manifest, unless it is in use; tell whether it was opened.
async function use(manifest) {
  if (manifest === state.manifest) return false;
  say("Loading the model ...");
  const network = await backend.open(manifest, Object.fromEntries(new URLSearchParams(location.search)));
  while (working) await working.catch(() => {});
  change(manifest, network);
  return true;
}

function change(manifest, network) {
  state.network?.close();
  Object.assign(state, { manifest, network });
  document.documentElement.dataset.backend = network.name;
  document.documentElement.dataset.tried = JSON.stringify(network.tried);
  tellFacts();
}

function wire() {
  for (const id of ["file", "shot"]) at(id).addEventListener("change", guarded(choose));
  at("camera").addEventListener("click", guarded(toggleCamera));
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
  const mine = ++chosen;
  say("Translating ...");
  const image = await decode(file);
  if (mine === chosen) await use(nearest(image));
  if (mine !== chosen) return;
  const channels = state.manifest.io.inputs[0].shape[3];
  state.source = prepared(image, size(), channels);
  await again();
  if (mine === chosen) say(`Translated ${file.name}.`);
}

async function toggleCamera() {
  if (camera.running()) return stopCamera();
  const mine = ++chosen;
  at("camera").setAttribute("aria-pressed", "true");
  say("The camera is on.");
  try {
    await camera.start(at("video"), async (live) => {
      const video = at("video");
      const fit = nearest({ width: video.videoWidth, height: video.videoHeight });
      if (mine === chosen && (await use(fit)) && live()) say("The camera is on.");
      if (!live()) return;
      state.source = frame(video, size());
      await again();
    });
  } finally {
    if (mine === chosen) stopCamera(); // else it was begun anew
  }
}

function stopCamera() {
  if (at("camera").getAttribute("aria-pressed") === "false") return;
  camera.stop(at("video"));
  at("camera").setAttribute("aria-pressed", "false");
  say("The camera is off.");
}

// Translate what is there, after what runs now; resolves once nothing is left to do.
function again() {
  wanted = true;
  working ??= untilDone().finally(() => (working = null));
  return working;
}

async function untilDone() {
  while (wanted) {
    wanted = false;
    if (state.source) await translate(state);
  }
}

async function translate({ source, manifest, network }) {
  const choices = manifest.task?.domains ?? [];
  const label = choices.length ? domains.label(at("domains"), choices) : null;
  const [height, width, channels] = manifest.io.inputs[0].shape.slice(1);
  const begun = performance.now();
  const values = await run(network, manifest, toFloats(source, channels), label);
  const spent = performance.now() - begun;
  if (values.some(Number.isNaN)) throw new Error("The model gave values that are no numbers. Try ?backend=wasm behind the address.");
  paint(at("before"), source);
  paint(at("after"), toImage(values, [height, width]));
  for (const id of ["stage", "comparison"]) at(id).hidden = false;
  for (const id of ["save", "share"]) at(id).disabled = false;
  at("latency").textContent = `${Math.round(spent)} ms, ${network.name}`;
}

// A GPU may be lost, such as when a phone sleeps; then WebAssembly goes on.
async function run(network, manifest, pixels, label) {
  try {
    return await network.run(pixels, label);
  } catch (error) {
    if (network.name !== "WebGPU") throw error;
    change(manifest, await backend.open(manifest, { backend: "wasm" }));
    return state.network.run(pixels, label);
  }
}

// The model whose sides' ratio is nearest to the picture's.
function nearest(image) {
  const off = ({ io }) => Math.abs(Math.log(((io.inputs[0].shape[2] / io.inputs[0].shape[1]) * image.height) / image.width));
  return state.models.reduce((best, one) => (off(one) < off(best) ? one : best));
}

function size() {
  return state.manifest.io.inputs[0].shape.slice(1, 3);
}

function paint(canvas, image) {
  if (canvas.width !== image.width || canvas.height !== image.height) {
    Object.assign(canvas, { width: image.width, height: image.height });
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

async function picture() {
  const blob = await new Promise((done) => at("after").toBlob(done, "image/png"));
  if (!blob) throw new Error("The browser could not make a picture of the translation.");
  return blob;
}

async function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await picture());
  link.download = "translation.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers fetch it later
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
  const workers = navigator.serviceWorker;
  if (!workers) return; // such as in private windows of some browsers: it works, online only
  const replaced = workers.controller;
  workers.addEventListener("controllerchange", () => replaced && say("A new version is here. Reload the page."));
  workers.register("sw.js").catch((error) => console.info(`offline use: ${error.message}`));
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
