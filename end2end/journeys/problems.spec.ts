// Where the type of a problem leads: a page for people, plain text for programs.
import { expectAccessible, themes } from "../support/accessibility";
import { expect, test } from "../support/portal";
import { expectNoSidewaysScroll } from "../support/walk";

// axe is injected into the page, which the page's policy rightly refuses.
test.use({ bypassCSP: true });

test("a problem is explained on a page that says what to do next", async ({ page }) => {
  await page.goto("/problems/quota-exceeded");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The month's calls are used up");
  await expect(page.getByRole("banner").getByRole("link", { name: "Get a key" }), "the header of every page").toBeVisible();
  for (const part of ["What happened", "What to do"]) {
    await expect(page.getByRole("heading", { level: 2, name: part })).toBeVisible();
  }
  await expectNoSidewaysScroll(page);
  for (const theme of themes) await expectAccessible(page, theme);
  await page.getByRole("link", { name: "Open billing" }).click();
  await expect(page).toHaveURL(/\/dashboard\/billing|\/sign-in\?next=/);
});

test("a program reads the same as text", async ({ request }) => {
  const answer = await request.get("/problems/scope");
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toContain("text/plain");
  expect(await answer.text()).toMatch(/^The key does not cover this product \(403\)/);
  expect((await request.get("/problems/unicorn")).status()).toBe(404);
  const page = await request.get("/problems/unicorn", { headers: { accept: "text/html" } });
  expect(page.status()).toBe(404);
  const text = await page.text();
  expect(text).toContain("All problems");
  expect(text, "the status before the title").toMatch(/>403<.{0,40}<a href="\/problems\/scope"/);
});
