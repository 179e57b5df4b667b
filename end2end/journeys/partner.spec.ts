// The main job: from sign-up to a metered call through the gateway and the line of the invoice.
import { confirmAddress } from "../support/outbox";
import { newcomer, nobody, signUp } from "../support/people";
import { expect, hydrated, test } from "../support/portal";
import { callOften, makeKey } from "../support/keys";
import { expectNoSidewaysScroll, goTo } from "../support/walk";

const calls = 25;

test("a newcomer finds an API, tries it, subscribes, calls it live, and sees each call counted and priced", async ({
  page, open, request, browser, baseURL,
}) => {
  test.setTimeout(180_000);
  const somebody = newcomer();

  await test.step("signs up and is shown a test key", async () => {
    await open("/sign-up");
    await signUp(page, somebody);
    const shown = page.getByRole("region", { name: "Your test key" }).getByLabel("The secret", { exact: true });
    await expect(shown).toHaveText(/^sk_test_[0-9a-f]{8}_[A-Za-z0-9_-]{32}$/);
    await expect(page.getByText(`Confirm your address: open the link in the mail to ${somebody.email}.`)).toBeVisible();
    await expect(page.getByRole("button", { name: "Send again" })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await page.reload();
    await hydrated(page);
    const card = page.getByRole("region", { name: "Your test key" });
    await expect(card).toContainText("Its secret was shown once");
    await expect(card.getByRole("link", { name: "Open your keys" })).toHaveAttribute("href", "/dashboard/keys");
    await expectNoSidewaysScroll(page);
  });

  await test.step("finds Shipment Tracking by typing", async () => {
    await goTo(page, "APIs");
    const found = page.getByRole("main").getByRole("article");
    await expect(found.nth(7)).toBeVisible();
    await page.getByRole("searchbox", { name: "Search APIs, operations and tags" }).pressSequentially("shipment track");
    await expect(page).toHaveURL(/[?&]q=shipment(\+|%20)track/);
    await expect(found.nth(7)).toHaveCount(0);
    await expectNoSidewaysScroll(page);
    await found.first().getByRole("link", { name: "Shipment Tracking", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Shipment Tracking" })).toBeVisible();
    await expectNoSidewaysScroll(page);
  });

  await test.step("reads an operation in the documentation", async () => {
    await page.getByRole("navigation", { name: "Product" }).getByRole("link", { name: "Documentation" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Shipment Tracking documentation" })).toBeAttached();
    const contents = page.getByRole("button", { name: "Contents" });
    if (await contents.isVisible()) await contents.click();
    const link = page.getByRole("navigation", { name: "Documentation" }).getByRole("link", { name: "Track a shipment" });
    await link.click();
    const operation = page.locator("#trackShipment");
    await expect(operation.getByRole("heading", { name: "Track a shipment" })).toBeInViewport();
    await expect(page.getByRole("dialog").or(page.locator("[popover]:popover-open"))).toHaveCount(0);
    await expect(operation.getByText("GET", { exact: true }).first()).toBeVisible();
    await expect(operation).toContainText("/shipments/{number}");
    await expect(operation.getByRole("heading", { name: "Response" })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await operation.getByRole("link", { name: "Try it" }).click();
  });

  await test.step("sends it from the console", async () => {
    await expect(page).toHaveURL(/\/console\?operation=trackShipment/);
    await expect(page.getByLabel("Test key")).toHaveValue(/^sk_test_[0-9a-f]{8}$/);
    const tabs = await page.getByRole("navigation", { name: "Request" }).boundingBox();
    expect(tabs?.height, "the tabs keep their height over a long form").toBeGreaterThan(24);
    await page.getByRole("button", { name: "Send" }).click();
    const answer = page.getByRole("region", { name: "Answer" });
    await expect(answer.getByText("200 OK")).toBeInViewport();
    await expect(answer.getByRole("region", { name: "Body of the answer" })).toContainText('"tracking_number"');
    await expect(answer.getByRole("link", { name: /^Checks\s*\d+ passed$/ })).toBeVisible();
    await expectNoSidewaysScroll(page);
  });

  await test.step("subscribes to Starter", async () => {
    await page.getByRole("main").getByRole("link", { name: "Shipment Tracking" }).click();
    await page.getByRole("navigation", { name: "Product" }).getByRole("link", { name: "Plans" }).click();
    const starter = page.getByRole("region", { name: "Starter" });
    await expect(starter).toContainText("$49");
    await starter.getByRole("button", { name: "Subscribe to Starter" }).click();
    await expect(starter.getByText("Your plan")).toBeVisible();
    const enterprise = page.getByRole("region", { name: "Enterprise" });
    await enterprise.getByText("Change to Enterprise now").click();
    await expect(enterprise).toContainText("From Starter to Enterprise, $299 a month. It starts at once");
    const toEnterprise = enterprise.getByRole("button", { name: "Change from Starter to Enterprise" });
    await expect(toEnterprise).toBeVisible();
    await expect(starter.getByText("Your plan"), "asking changes nothing").toBeVisible();
    const free = page.getByRole("region", { name: "Free" });
    const toFree = free.getByRole("button", { name: "Change from Starter to Free" });
    await free.getByText("Change to Free next month").click();
    await expect(toEnterprise, "one question at a time").toBeHidden();
    await toFree.click();
    await expect(free.getByText(/^Starts [A-Z][a-z]{2} 1$/)).toBeVisible();
    await expect(page.getByText(/^Changes to Free on [A-Z][a-z]{2} 1\.$/)).toBeVisible();
    await page.getByRole("button", { name: "Keep Starter" }).click();
    await expect(free.getByText("Change to Free next month")).toBeVisible();
    await expect(toFree, "the question is closed").toBeHidden();
    await expectNoSidewaysScroll(page);
  });

  await test.step("confirms the address from the mail", async () => {
    await confirmAddress(page, somebody.email, browser, baseURL);
    await hydrated(page);
    await expect(page.getByText("Confirm your address")).toHaveCount(0);
  });

  const secret = await test.step("makes a live key", async () => {
    await goTo(page, "Keys");
    const secret = await makeKey(page, { name: "Checkout", environment: "Live", products: ["Shipment Tracking"] });
    const row = page.getByRole("row", { name: /^Checkout/ });
    await expect(row).toContainText("Active");
    await expect(row).toContainText("never");
    await expectNoSidewaysScroll(page);
    return secret;
  });

  await test.step("sees the calls arrive on the dashboard, without a reload", async () => {
    const listening = page.waitForResponse(/\/events\/usage$/);
    await goTo(page, "Overview");
    await listening;
    await expect(page.getByText("No calls yet")).toBeVisible();
    await page.evaluate(() => Object.assign(window, { same: true }));
    await callOften(request, "/gateway/shipment-tracking/shipments", secret, calls);
    await expect(page.locator(".kpi").filter({ hasText: /^Calls/ }).locator(".v")).toHaveText(String(calls));
    await expect(page.getByRole("progressbar", { name: `Shipment Tracking calls: ${calls} of 10,000` })).toBeVisible();
    const row = page.getByRole("region", { name: "Calls by API" }).getByRole("row", { name: /^Shipment Tracking/ });
    await expect(row.getByRole("cell")).toHaveText(["Shipment Tracking", String(calls), "100%", "0", "0", "0"]);
    expect(await page.evaluate(() => "same" in window), "the page was never loaded again").toBe(true);
    await expectNoSidewaysScroll(page);
  });

  await test.step("reads what the month costs so far", async () => {
    await goTo(page, "Billing");
    const period = page.getByRole("region", { name: /^This period/ });
    const line = period.locator(".line").filter({ hasText: "Shipment Tracking, Starter" });
    await expect(line).toContainText(`${calls} calls`);
    await expect(line.locator(".num")).toHaveText("$49.00");
    await expect(period.locator(".line.total")).toHaveText(/So far\s*\$49\.00/);
    await expectNoSidewaysScroll(page);
  });

  await test.step("is asked before leaving the organisation", async () => {
    await goTo(page, "Team");
    const leave = page.locator("form").getByRole("button", { name: "Leave this organisation" });
    await expect(leave).toBeHidden();
    await page.getByRole("region", { name: "Members" }).getByText("Leave", { exact: true }).click();
    await expect(page.getByText("You lose access to this organisation at once.")).toBeVisible();
    await expect(leave).toBeVisible();
    await expectNoSidewaysScroll(page);
  });

  await test.step("signs other browsers out, and is told so", async () => {
    const signedIn = async () => {
      const other = await browser.newPage({ baseURL, storageState: nobody, javaScriptEnabled: false });
      await other.goto("/sign-in");
      await other.getByLabel("Email").fill(somebody.email);
      await other.getByLabel("Password").fill(somebody.password);
      await other.getByRole("button", { name: "Sign in" }).click();
      await other.waitForURL((url) => url.pathname === "/dashboard");
      return other;
    };
    const others = [await signedIn(), await signedIn()];
    const said = page.getByRole("status");
    await goTo(page, "Settings");
    await page.getByRole("button", { name: /^Sign out Chrome/ }).first().click();
    await expect(said.filter({ hasText: "That browser is signed out." })).toBeVisible();
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expect(said.filter({ hasText: "Signed out everywhere else." })).toBeVisible();
    await expect(page.getByRole("button", { name: "Sign out everywhere else" }), "there is nowhere else").toHaveCount(0);
    for (const other of others) {
      await other.goto("/dashboard");
      await expect(other).toHaveURL(/\/sign-in\?next=/);
      await other.context().close();
    }
    await expectNoSidewaysScroll(page);
  });
});
