// Drives a web app in headless Chromium and prints what it found, as JSON.
// PLAYWRIGHT=FOLDER node drive.mjs CHROMIUM '{"steps": [["open", "http://..."], ...]}', where FOLDER has
// node_modules/playwright-core and axe-core.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.PLAYWRIGHT}/x.js`);
const { chromium, devices } = require("playwright-core");
const [executablePath, text] = process.argv.slice(2);
const asked = JSON.parse(text);
const found = { console: [], steps: [] };
const args = [
  ...["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  ...["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
  ...(asked.webgpu ? ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"] : ["--disable-gpu"]),
];

const browser = await chromium.launch({ executablePath, args });
const phone = asked.desktop ? { viewport: { width: 1280, height: 900 } } : devices["Pixel 7"];
const viewport = asked.width ? { viewport: { width: asked.width, height: 740 } } : {};
const context = await browser.newContext({ ...phone, ...viewport, colorScheme: asked.scheme ?? "light" });
const page = await context.newPage();
page.on("console", (message) => {
  // LiteRT's own log comes as errors.
  const logged = /^(INFO|WARNING|VERBOSE): /.test(message.text());
  if (message.type() === "error" && !logged) found.console.push(message.text());
});
page.on("pageerror", (error) => found.console.push(String(error)));

const settled = () =>
  page.waitForFunction(() => {
    const status = document.querySelector("#status");
    return status.className === "wrong" || /^(Ready|Translated|The camera)/.test(status.textContent);
  }, null, { timeout: 180_000 });

const canvas = (id) =>
  page.evaluate((name) => {
    const one = document.getElementById(name);
    const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
    return { width: one.width, height: one.height, rgb: Array.from(data).filter((_, i) => i % 4 !== 3) };
  }, id);

const steps = {
  async open(url) {
    await page.goto(url);
    await settled();
  },
  async reload() {
    await page.reload();
    await settled();
  },
  async offline() {
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      while (!registration.active || registration.active.state !== "activated") {
        await new Promise((done) => setTimeout(done, 50));
      }
    });
    await context.setOffline(true);
  },
  async photo(path) {
    await page.evaluate(() => Object.assign(document.querySelector("#status"), { textContent: "", className: "" }));
    await page.setInputFiles("#file", path);
    await settled();
  },
  async press(selector) {
    await page.locator(selector).press("Space");
    await page.waitForTimeout(1500);
    await settled();
  },
  async choose(selector) {
    await page.evaluate(() => (document.querySelector("#latency").textContent = ""));
    await page.locator(selector).press("Space");
    await page.waitForFunction(() => document.querySelector("#latency").textContent, null, { timeout: 180_000 });
  },
  async wait(ms) {
    await page.waitForTimeout(ms);
  },
  // Until nothing has changed for so long: how long a translation takes depends on the machine.
  async still(ms) {
    const shown = () => page.evaluate(() => document.querySelector("#after").toDataURL());
    for (let before = null, now = await shown(); before !== now; now = await shown()) {
      before = now;
      await page.waitForTimeout(ms);
    }
  },
  async tab(count) {
    const reached = [];
    for (let i = 0; i < count; i++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.dataset.domain || document.activeElement.tagName));
    }
    return reached;
  },
  async canvas(id) {
    return canvas(id);
  },
  async screenshot(path) {
    await page.screenshot({ path, fullPage: true });
  },
  async evaluate(code) {
    return page.evaluate(code);
  },
  async state() {
    return page.evaluate(() => ({
      status: document.querySelector("#status").textContent,
      wrong: document.querySelector("#status").className === "wrong",
      backend: document.documentElement.dataset.backend ?? "",
      tried: JSON.parse(document.documentElement.dataset.tried ?? "[]"),
      isolated: crossOriginIsolated,
      overflow: document.documentElement.scrollWidth > window.innerWidth,
    }));
  },
  async audit() {
    await page.evaluate(require("axe-core").source);
    const told = await page.evaluate(() => axe.run());
    const nodes = (one) => one.nodes.map((node) => node.target.join(" "));
    const short = (list) => list.map((one) => ({ id: one.id, help: one.help, nodes: nodes(one) }));
    return { violations: short(told.violations), passed: told.passes.map((one) => one.id) };
  },
  async installability() {
    const session = await context.newCDPSession(page);
    const manifest = await session.send("Page.getAppManifest");
    const errors = await session.send("Page.getInstallabilityErrors");
    return { manifest: manifest.errors, errors: errors.installabilityErrors };
  },
};

try {
  for (const [name, argument] of asked.steps) found.steps.push((await steps[name](argument)) ?? null);
} catch (error) {
  found.failure = String(error);
  found.status = await page.evaluate(() => document.querySelector("#status")?.textContent).catch(() => "");
}
console.log(JSON.stringify(found));
await browser.close();
