// The first page stays light: its WASM and JavaScript, as they travel, without the charts and the lazy parts.
import { expect, test } from "../support/portal";

const budget = 350_000;

test("the home page loads less than 350 kB of WASM and JavaScript", async ({ page, open, request }) => {
  const files = new Set<string>();
  page.on("request", (sent) => {
    const url = sent.url();
    if (/\.(js|wasm)$/.test(new URL(url).pathname)) files.add(url);
  });
  await open("/");
  let total = 0;
  for (const file of files) {
    const answer = await request.get(file, { headers: { "accept-encoding": "gzip" } });
    expect(answer.headers()["content-encoding"], file).toBe("gzip");
    total += Number(answer.headers()["content-length"]);
  }
  expect(files.size).toBeGreaterThan(1);
  expect(total).toBeGreaterThan(0);
  expect(total, [...files].join("\n")).toBeLessThan(budget);
});
