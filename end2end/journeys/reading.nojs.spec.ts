// With JavaScript off, every page still shows what it is about.
import { newCustomer } from "../support/customer";
import { allPages } from "../support/pages";
import { newcomer, password, people } from "../support/people";
import { expect, test } from "../support/portal";

for (const { name, path, person, expectedErrors = [] } of allPages) {
  test.describe(name, () => {
    test.use({ person, expectedErrors });

    test("has its heading and its main part in the HTML", async ({ page, open }) => {
      await open(path);
      await expect(page.getByRole("main")).toBeVisible();
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    });
  });
}

test("the catalogue is searched with a form", async ({ page, open }) => {
  await open("/");
  const cards = page.getByRole("main").getByRole("article");
  const all = await cards.count();
  expect(all).toBeGreaterThanOrEqual(8);
  const filters = page.getByRole("navigation", { name: "Filters" });
  expect((await filters.boundingBox())!.height, "the filters stand in one line").toBeLessThan(60);
  const search = page.getByRole("searchbox", { name: "Search APIs, operations and tags" });
  await search.fill("duties");
  await search.press("Enter");
  await expect(page).toHaveURL(/\/apis\?q=duties/);
  await expect(search).toHaveValue("duties");
  await expect(cards.first().getByRole("heading")).toHaveText("Customs");
  expect(await cards.count()).toBeLessThan(all);
  await filters.getByRole("link", { name: /^All/ }).click();
  await expect(cards.first().getByRole("heading")).toHaveText("Customs");
});

test("a product says what it does, what it costs, and where its pages are", async ({ page, open }) => {
  await open("/apis/shipment-tracking");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Shipment Tracking");
  await expect(page.getByRole("main").getByRole("link", { name: /Track a shipment/ }).first()).toBeVisible();
  await page.getByRole("navigation", { name: "Product" }).getByRole("link", { name: "Plans" }).click();
  for (const [plan, price] of [["Free", "$0"], ["Starter", "$49"], ["Enterprise", "$299"]] as const) {
    await expect(page.getByRole("region", { name: plan }).locator(".price")).toHaveText(`${price} a month`);
  }
  await expect(page.getByRole("region", { name: "Starter" })).toContainText("10,000 calls a month included");
  await expect(page.getByRole("region", { name: "Starter" })).toContainText("$3.00 for each 1,000 calls beyond");
});

test("a plan is changed by a form that says first what changes", async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL, storageState: await newCustomer(browser, baseURL), javaScriptEnabled: false });
  await page.goto("/apis/shipment-tracking/plans");
  const enterprise = page.getByRole("region", { name: "Enterprise" });
  const change = enterprise.getByRole("button", { name: "Change from Starter to Enterprise" });
  await expect(change).toBeHidden();
  await enterprise.getByText("Change to Enterprise now").click();
  await expect(enterprise).toContainText("From Starter to Enterprise, $299 a month. It starts at once");
  await change.click();
  await expect(enterprise.getByText("Your plan")).toBeVisible();
  await page.goto("/dashboard/billing");
  await page.getByText("Change or cancel").click();
  await page.getByText("Change to Starter, $49 a month").click();
  await expect(page.getByText("From Enterprise to Starter, $49 a month. It starts on")).toBeVisible();
  await page.getByRole("button", { name: "Change from Enterprise to Starter" }).click();
  await expect(page.getByText("Changes to Starter on")).toBeVisible();
  await page.goto("/apis/shipment-tracking/plans");
  await expect(page.getByText("Changes to Starter on"), "in the same words").toBeVisible();
  await expect(page.getByRole("button", { name: "Keep Enterprise" })).toBeVisible();
  await page.context().close();
});

test("an operation's page is complete: parameters of every place, answers, code, and the way to the next", async ({ page, open }) => {
  await open("/apis/shipment-tracking/docs/trackShipment");
  const operation = page.locator("#trackShipment");
  await expect(operation.getByRole("heading", { level: 2 })).toHaveText("Track a shipment");
  for (const [place, parameter] of [["Path", "number"], ["Query", "expand"], ["Headers", "Accept-Language"]] as const) {
    const section = operation.locator("section").filter({ has: page.getByRole("heading", { name: place, exact: true }) });
    await expect(section.getByText(parameter, { exact: true }).first(), place).toBeVisible();
  }
  await expect(operation.getByText("tracking_number", { exact: true }).first()).toBeVisible();
  const answers = operation.getByRole("group", { name: "Response" });
  await answers.locator("label").filter({ hasText: /^404$/ }).click();
  await expect(answers.getByRole("radio", { name: "404" })).toBeChecked();
  await expect(answers.locator(".panel:visible")).toHaveCount(1);
  await operation.getByText("Python", { exact: true }).click();
  await expect(operation.locator("pre:visible").first()).toContainText("import");
  const next = page.getByRole("navigation", { name: "Before and after" }).getByRole("link").last();
  const name = await next.innerText();
  await next.click();
  await expect(page.locator("main h2").first()).toHaveText(name);
});

test.describe("signing in by a plain form", () => {
  test("shows the dashboard's numbers, the keys and the bills", async ({ page, open }) => {
    await open("/dashboard");
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    await page.getByLabel("Email").fill(people.owner);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(/\/dashboard$/);
    const kpi = (label: string) => page.locator(".kpi").filter({ hasText: new RegExp(`^${label}`) }).locator(".v");
    await expect(kpi("Calls")).toHaveText(/^[1-9][\d,]*$/);
    await expect(kpi("Spend so far")).toHaveText(/^\$\d[\d,]*\.\d\d$/);
    const navigation = page.getByRole("navigation", { name: "Dashboard" });
    await navigation.getByRole("link", { name: "Keys" }).click();
    await expect(page.getByRole("row", { name: /^Warehouse scanner/ })).toContainText("Shipment Tracking");
    await navigation.getByRole("link", { name: "Billing" }).click();
    await expect(page.getByRole("region", { name: "This period" })).toContainText("Shipment Tracking, Starter");
  });

  test("that are refused say why and keep the address, the page's and the typed one, and start no session", async ({ page, open }) => {
    const { email } = newcomer();
    await open("/sign-in");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("Address and password do not match.")).toBeVisible();
    await expect(page).toHaveURL(/\/sign-in$/);
    await expect(page.getByLabel("Email")).toHaveValue(email);
    expect((await page.context().cookies()).filter((cookie) => cookie.name.includes("session"))).toEqual([]);
  });
});

test.describe("the log of requests", () => {
  test.use({ person: "owner" });

  test("is narrowed with a form whose values stay in the address", async ({ page, open }) => {
    await open("/dashboard/requests");
    const field = (name: string) => page.getByRole("main").getByLabel(name, { exact: true });
    await field("Environment").selectOption("Live");
    await field("API").selectOption("Shipment Tracking");
    await field("Status").selectOption("4xx");
    await field("Operation").fill("trackShipment");
    await field("From (UTC)").fill("2026-01-31T08:30");
    await page.getByRole("button", { name: "Apply" }).click();
    const { searchParams } = new URL(page.url());
    expect(Object.fromEntries(searchParams)).toMatchObject({
      env: "live", product: "shipment-tracking", status: "4", operation: "trackShipment", from: "2026-01-31T08:30",
    });
    await expect(field("Environment")).toHaveValue("live");
    await expect(field("Operation")).toHaveValue("trackShipment");
    await expect(field("From (UTC)")).toHaveValue("2026-01-31T08:30");
    for (const row of await page.getByRole("region", { name: "Requests" }).getByRole("row").all()) {
      await expect(row).toContainText(/Status|4\d\d/);
    }
    await page.getByRole("link", { name: "Clear", exact: true }).click();
    await expect(page).toHaveURL(/\/dashboard\/requests$/);
    await expect(field("Environment")).toHaveValue("");
  });

  test("has rows that open by their links, to details with a link to the call alone", async ({ page, open }) => {
    await open("/dashboard/requests?status=2");
    const link = page.getByRole("region", { name: "Requests" }).getByRole("row").nth(1).getByRole("link");
    const details = page.locator(".request");
    await expect(details).toHaveCount(0);
    await link.click();
    await expect(page).toHaveURL(/status=2.*open=/);
    await expect(link).toHaveAttribute("aria-expanded", "true");
    await expect(details).toContainText("Request id");
    await details.getByRole("link", { name: "Link to this request" }).click();
    await expect(page).toHaveURL(/\/dashboard\/requests\?request=[0-9a-f]{8}-[0-9a-f-]+$/);
    await expect(details).toHaveCount(1);
  });

  test("is followed by loading it again and again", async ({ page, open }) => {
    await open("/dashboard/requests?status=2");
    await page.getByRole("switch", { name: "Follow live" }).click();
    await expect(page).toHaveURL(/status=2/);
    await expect(page).toHaveURL(/live=1/);
    await expect(page.getByRole("switch", { name: "Follow live" })).toHaveAttribute("aria-checked", "true");
    await page.waitForRequest(/\/dashboard\/requests\?.*live=1/);
  });
});
