// The page of a run in a real browser: `node browser.mjs EVSIM`, with the program's path.
//
// Of all shipped scenarios the largest page is opened: it is quick and small, the browser has
// nothing to complain of, it can be used without seeing or pointing, and where the cursor stands it
// says what the report says. Screenshots are not kept: people look at the page, this test uses it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const evsim = resolve(process.argv[2] ?? "target/release/evsim");
const root = resolve(import.meta.dirname, "../..");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "evsim-page-"));
const ARGUMENTS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const OPEN_MS_MAX = 300;
const BYTES_MAX = 500_000;

const write = (scenario) => {
  const page = join(folder, `${scenario.replaceAll("/", "-")}.html`);
  const file = join("scenarios", `${scenario}.yaml`);
  execFileSync(evsim, ["run", file, "--html", page], { cwd: root, stdio: "ignore" });
  return page;
};

const scenarios = () => {
  const files = readdirSync(join(root, "scenarios"), { recursive: true });
  return files.filter((file) => file.endsWith(".yaml")).map((file) => file.slice(0, -5));
};

const largest = () => {
  const pages = scenarios().map((scenario) => [scenario, write(scenario)]);
  pages.sort(([, one], [, other]) => statSync(other).size - statSync(one).size);
  return pages[0];
};

// A page whose every complaint is noted.
const open = async (browser, path, options = {}) => {
  const context = await browser.newContext({
    viewport: { width: 1366, height: 768 }, ...options, offline: true,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(`file://${path}`);
  return { page, complaints, close: () => context.close() };
};

const opensQuickly = async (browser, path) => {
  const times = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const { page, close } = await open(browser, path);
    times.push(await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType("navigation");
      return navigation.loadEventEnd || navigation.domComplete;
    }));
    await close();
  }
  const best = Math.round(Math.min(...times));
  assert.ok(best < OPEN_MS_MAX, `the page opens in ${times} ms`);
  return best;
};

const isAccessible = async (browser, path) => {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1366, 390]) {
      const look = { colorScheme, viewport: { width, height: 800 } };
      const { page, complaints, close } = await open(browser, path, look);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
      const told = grave.map(({ id, nodes }) => `${id}: ${nodes.map((it) => it.html).join("\n")}`);
      assert.deepEqual(told, [], `${colorScheme} at ${width}`);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `at ${width} the page is ${wider} too wide`);
      assert.deepEqual(complaints, []);
      await close();
    }
  }
};

// What the panel says of a row, cell by cell.
const row = (page, head) =>
  page.locator("#state tr", { has: page.getByRole("rowheader", { name: head, exact: true }) })
    .locator("td").allInnerTexts();

// The moments and what is so at them stand in the scenario's own snapshot.
const tellsTheStory = async (browser) => {
  const { page, complaints, close } = await open(browser, write("active-active/node-failure"));
  const cursor = () => page.locator("#at").innerText();
  assert.equal(await cursor(), "02:00:00.000");
  assert.deepEqual(await row(page, "EVS2"), ["online", "NODE1", "served, after 45.200s unplanned"]);

  await page.getByRole("link", { name: "00:10:00.000" }).first().click();
  assert.equal(await cursor(), "00:10:00.000");
  assert.deepEqual(await row(page, "NODE2"), ["up", "off or hung"]);
  const cut = "cut off since 00:10:00.000, unplanned";
  assert.deepEqual(await row(page, "EVS2"), ["online", "NODE2", cut]);

  const slider = page.getByRole("slider", { name: "Moment" });
  await slider.focus();
  while (await cursor() !== "00:10:08.200") await page.keyboard.press("ArrowRight");
  assert.equal(await slider.getAttribute("aria-valuetext"), "00:10:08.200");
  assert.deepEqual(await row(page, "NODE2"), ["down", "off or hung"]);
  assert.deepEqual(await row(page, "EVS2"), ["pending", "NODE1", cut]);
  const console = page.locator("#consoles section", { hasText: "NODE1" });
  assert.match(await console.innerText(), /Manages\s+EVS1\s+Ignores\s+EVS2/);

  const mark = page.locator("a.mark.holds").first();
  await mark.hover();
  const bubble = page.getByRole("tooltip");
  assert.match(await bubble.innerText(), /NODE1 ignores EVS2: not designated here/);
  await mark.focus();
  await page.keyboard.press("ArrowRight");
  assert.match(await bubble.innerText(), /\d\d:\d\d:\d\d\.\d{3} /);

  const place = () => page.locator("#cursor").getAttribute("x").then(Number);
  const folded = await place();
  await page.getByLabel("to scale").check();
  assert.notEqual(await place(), folded, "to scale the cursor stands elsewhere");
  assert.equal(await cursor(), "00:10:08.200", "and the moment is the same");
  assert.match(page.url(), /#00:10:08\.200$/);

  // A page of A4 between margins of 12 mm is 703 pixels wide, 92 of them for the names of the rows.
  await page.evaluate(() => {
    addEventListener("beforeprint", () => {
      globalThis.printed = 92 + document.getElementById("plot").getBoundingClientRect().width;
    });
  });
  await page.pdf({ format: "A4" });
  const printed = await page.evaluate(() => globalThis.printed);
  assert.ok(printed > 680 && printed <= 703, `in print the picture is ${printed} wide`);
  assert.deepEqual(complaints, []);
  await close();
};

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGUMENTS });
try {
  const [scenario, path] = largest();
  const bytes = statSync(path).size;
  assert.ok(bytes < BYTES_MAX, `${scenario} has ${bytes} bytes`);
  const ms = await opensQuickly(browser, path);
  await isAccessible(browser, path);
  await tellsTheStory(browser);
  process.stdout.write(`the page of ${scenario}: ${bytes} bytes, open in ${ms} ms\n`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
