#!/usr/bin/env node
// Opens a report of `msb batch --report FILE.html` in headless Chromium and does with it what people do: search, filter, sort,
// open a file, both versions side by side, keys, back, dark, phone, paper. Ends with 1 when something does not hold.
//
//     scripts/report-browser.mjs report.html [FOLDER]      pictures go to FOLDER
//
// Talks to the browser through a pipe, so that nothing has to be installed but node and Chromium (CHROMIUM names another one).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [report, folder] = process.argv.slice(2);
if (!report) {
  console.error("name a report: scripts/report-browser.mjs report.html [FOLDER]");
  process.exit(2);
}
const profile = mkdtempSync(join(tmpdir(), "msb-browser-"));
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe", `--user-data-dir=${profile}`];
const browser = spawn(process.env.CHROMIUM ?? "chromium", [...flags, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const [, , , input, output] = browser.stdio;
const waiting = new Map();
const listeners = new Map();
let number = 0;
let rest = "";
browser.on("error", (error) => { console.error(`Chromium does not start: ${error.message}`); process.exit(2); });
output.setEncoding("utf8").on("data", (text) => {
  const messages = (rest + text).split("\0");
  rest = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    if (message.id) {
      const { accept, refuse } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) refuse(new Error(message.error.message)); else accept(message.result);
    } else {
      for (const listener of listeners.get(message.method) ?? []) listener(message.params);
    }
  }
});
let session;
const send = (method, params = {}) => new Promise((accept, refuse) => {
  number += 1;
  waiting.set(number, { accept, refuse });
  input.write(`${JSON.stringify({ id: number, method, params, sessionId: session })}\0`);
});
const on = (method, listener) => listeners.set(method, [...(listeners.get(method) ?? []), listener]);

const look = async (expression) => {
  const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
  assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
  return result.value;
};
// Until what was begun has reached the page.
const settle = () => look("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))");
const press = async (key) => {
  const text = key.length === 1 ? key : key === "Enter" ? "\r" : undefined;
  const code = { Enter: 13, Escape: 27 }[key] ?? key.toUpperCase().charCodeAt(0);
  await send("Input.dispatchKeyEvent", { type: "keyDown", key, text, windowsVirtualKeyCode: code });
  await send("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode: code });
  await settle();
};
const choose = async (name, value) => {
  await look(`{ const s = document.querySelector('select[name=${name}]'); s.value = ${JSON.stringify(value)};
    s.dispatchEvent(new Event("input", { bubbles: true })); }`);
  await settle();
};
const search = async (words) => {
  await look(`{ const s = document.querySelector('[name=search]'); s.value = ${JSON.stringify(words)};
    s.dispatchEvent(new Event("input", { bubbles: true })); }`);
  await settle();
};
const clear = async () => { await look("document.querySelector('button[type=reset]').click()"); await settle(); };
const rows = () => look("[...document.querySelectorAll('#files tbody tr:not([hidden])')].map((r) => ({ ...r.dataset, path: r.cells[0].textContent }))");
const screen = (width, height, more = {}) =>
  send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false, ...more });
const picture = async (name) => {
  await settle();
  const { data } = await send("Page.captureScreenshot", { format: "png" });
  if (folder) writeFileSync(join(folder, `${name}.png`), Buffer.from(data, "base64"));
};
const fits = async (what) => {
  const [wide, room] = await look("[document.documentElement.scrollWidth, document.documentElement.clientWidth]");
  assert.ok(wide <= room, `${what}: ${wide} pixels wide where ${room} are`);
};

try {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  ({ sessionId: session } = await send("Target.attachToTarget", { targetId, flatten: true }));
  const faults = [];
  on("Runtime.exceptionThrown", (event) => faults.push(event.exceptionDetails.exception?.description));
  on("Log.entryAdded", ({ entry }) => faults.push(entry.text));
  const asked = [];
  on("Network.requestWillBeSent", ({ request }) => asked.push(request.url));
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  await screen(1280, 1000);
  const loaded = new Promise((done) => on("Page.loadEventFired", done));
  const address = pathToFileURL(resolve(report)).href;
  await send("Page.navigate", { url: address });
  await loaded;
  await settle();

  const all = await rows();
  assert.ok(all.length > 0, "there are files");
  const saved = all.map((row) => Number(row.saved));
  assert.deepEqual(saved, [...saved].sort((a, b) => b - a), "what gains most comes first");
  await picture("desktop-light");
  await fits("desktop");

  // Search.
  const some = all[Math.floor(all.length / 2)];
  await press("/");
  assert.equal(await look("document.activeElement.name"), "search", "/ searches");
  await search(some.path.toUpperCase());
  const found = await rows();
  assert.ok(found.length > 0 && found.every((row) => row.path.includes(some.path)), "search finds by path, in any case");
  await search("surely no file has this");
  assert.equal((await rows()).length, 0);
  assert.equal(await look("document.querySelector('#nothing').hidden"), false, "nothing is said");
  await press("Escape");
  assert.equal((await rows()).length, all.length, "Esc clears");

  // Every filter, alone and two together.
  for (const name of await look("[...document.querySelectorAll('.filters select')].map((s) => s.name)")) {
    const value = await look(`document.querySelector('select[name=${name}]').options[1].value`);
    await choose(name, value);
    const kept = await rows();
    const expected = all.filter((row) => row[name].split(" ").includes(value) || row[name] === value);
    assert.equal(kept.length, expected.length, `${name}: ${value}`);
    const count = await look("document.querySelector('#count').textContent");
    assert.ok(count.startsWith(`${kept.length} of ${all.length} `), count);
    await clear();
  }
  const safe = all.filter((row) => row.verdict === "safe");
  if (safe.length > 0) {
    await choose("verdict", "safe");
    await choose("ecosystem", safe[0].ecosystem);
    const both = await rows();
    assert.ok(both.length > 0 && both.every((row) => row.verdict === "safe" && row.ecosystem === safe[0].ecosystem));
    await clear();
  }
  const bar = "document.querySelector('.bars button')";
  if (await look(`${bar} !== null`)) {
    await look(`${bar}.click()`);
    await settle();
    const [name, value] = await look(`[${bar}.dataset.filter, ${bar}.dataset.value]`);
    assert.ok((await rows()).every((row) => row[name].split(" ").includes(value) || row[name] === value), "a bar filters");
    await clear();
  }

  // Sort.
  await look("document.querySelectorAll('#files th button')[0].click()");
  await settle();
  const paths = (await rows()).map((row) => row.path);
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  assert.deepEqual(paths, [...paths].sort(compare), "by name");
  await look("document.querySelectorAll('#files th button')[0].click()");
  await settle();
  assert.deepEqual((await rows()).map((row) => row.path), [...paths].sort((a, b) => compare(b, a)), "and back");
  await look("document.querySelectorAll('#files th button')[2].click()");
  await settle();
  assert.equal(Number((await rows())[0].saved), Math.max(...saved), "by gain");

  // A file with a change, by keys.
  await look("document.activeElement.blur()");
  await press("j");
  const first = await look("document.activeElement.hash");
  assert.ok(first?.startsWith("#f"), "j goes to the first file");
  await press("Enter");
  assert.equal(await look("location.hash"), first);
  const page = "document.querySelector('article:target')";
  assert.equal(await look("getComputedStyle(document.querySelector('main')).display"), "none", "the overview makes room");
  assert.equal(await look(`document.activeElement === ${page}`), true, "the page has the focus");
  const hasDiff = await look(`${page}.querySelector('.diff tr.add') !== null`);
  const isGiven = all[0].verdict === "safe";
  assert.ok(hasDiff || !isGiven, "what gains most and is safe has its change");
  await picture("file-light");
  await fits("a file");
  if (hasDiff) {
    const lines = await look(`${page}.querySelectorAll('.diff tr.add').length`);
    await press("s");
    assert.equal(await look(`${page}.querySelectorAll('.diff table.side td.add').length`), lines, "every new line is there, too");
    assert.equal(await look(`${page}.querySelector('button.side').getAttribute('aria-pressed')`), "true");
    await picture("file-side");
    await press("s");
  }
  const drawn = await look(`(() => { const g = ${page}.querySelector('.graph'); return g && [JSON.parse(g.dataset.graph).nodes.length, g.querySelectorAll('svg rect').length]; })()`);
  if (drawn) assert.equal(drawn[0], drawn[1], "every node is drawn");
  await press("n");
  assert.notEqual(await look("location.hash"), first, "n goes on");
  await press("p");
  assert.equal(await look("location.hash"), first, "p goes back");
  await press("Escape");
  assert.equal(await look(`${page} === null`), true, "Esc goes back");
  assert.equal(await look("document.activeElement.hash"), first, "to where it was");

  // Other eyes.
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  await picture("desktop-dark");
  const light = (color) => color.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
  assert.ok(light(await look("getComputedStyle(document.body).backgroundColor")) < 0.2, "dark is dark");
  await look(`location.hash = ${JSON.stringify(first)}`);
  await picture("file-dark");
  await send("Emulation.setEmulatedMedia", { features: [] });
  await screen(390, 844, { mobile: true });
  await settle();
  await fits("a file on a phone");
  await picture("file-phone");
  await look("location.hash = ''");
  await settle();
  await fits("a phone");
  await picture("phone");
  await look("document.querySelector('#files').scrollIntoView()");
  await picture("phone-files");
  await screen(1280, 1000);
  for (const [name, hash] of [["paper", ""], ["paper-file", first]]) {
    await look(`location.hash = ${JSON.stringify(hash)}`);
    await settle();
    const { data } = await send("Page.printToPDF", { printBackground: false, preferCSSPageSize: true });
    assert.ok(data.length > 1000, "it prints");
    if (folder) writeFileSync(join(folder, `${name}.pdf`), Buffer.from(data, "base64"));
  }

  assert.deepEqual(faults, [], "no script fails");
  assert.deepEqual(asked.filter((url) => !url.startsWith(address) && !url.startsWith("about:")), [], "nothing is loaded");
  console.log(`${all.length} files: searched, filtered, sorted, opened, read in the dark, on a phone and on paper`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  browser.kill("SIGKILL");
  await new Promise((done) => { browser.once("exit", done); });
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
