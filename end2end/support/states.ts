// States that no address leads to: what a page looks like after somebody did something.
import { expect, type Page } from "@playwright/test";
import { askForKey } from "./keys";
import { allPages, type PageOf } from "./pages";
import { newcomer, people, signUp } from "./people";

export interface StateOf extends PageOf {
  /** What is done after the page of that address has opened. */
  arrange: (page: Page) => Promise<void>;
}

const reached: StateOf[] = [
  {
    name: "palette",
    path: "/",
    arrange: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill("label");
      await expect(page.getByRole("option").first()).toBeVisible();
    },
  },
  {
    name: "sign-in-refused",
    path: "/sign-in",
    expectedErrors: [/422/],
    arrange: async (page) => {
      await page.getByLabel("Email").fill(newcomer().email);
      await page.getByLabel("Password").fill("not the password");
      await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByText("Address and password do not match.")).toBeVisible();
    },
  },
  {
    name: "sign-up-refused",
    path: "/sign-up",
    expectedErrors: [/422/],
    arrange: async (page) => {
      await page.getByLabel("Work email").fill(people.owner);
      await page.getByLabel("Password").fill("pallets and crates");
      await page.getByLabel("Organisation").fill(" ");
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.locator(".field.bad")).toHaveCount(1);
    },
  },
  {
    name: "welcome",
    path: "/sign-up",
    arrange: async (page) => {
      await signUp(page, newcomer());
      await expect(page.getByRole("region", { name: "Your test key" })).toBeVisible();
    },
  },
  {
    name: "console-answered",
    path: "/apis/shipment-tracking/console",
    person: "owner",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Make a test key for this console" }).click();
      await page.getByRole("button", { name: "Send" }).click();
      await expect(page.getByRole("region", { name: "Answer" }).getByText("200 OK")).toBeVisible();
    },
  },
  {
    name: "console-invalid",
    path: "/apis/shipment-tracking/console",
    person: "owner",
    arrange: async (page) => {
      await page.getByLabel("number").first().fill("1Z");
      await page.keyboard.press("Tab");
      await expect(page.locator("[aria-invalid=true]").first()).toBeVisible();
    },
  },
  {
    name: "key-created",
    path: "/dashboard/keys",
    person: "owner",
    arrange: async (page) => {
      await askForKey(page, { name: "Gallery", environment: "Test" });
      await expect(page.getByRole("dialog", { name: "Your new key" })).toBeVisible();
    },
  },
  {
    name: "key-rotate",
    path: "/dashboard/keys",
    person: "owner",
    arrange: (page) => openDialog(page, "Rotate Checkout, production", "Rotate key"),
  },
  {
    name: "key-edit",
    path: "/dashboard/keys",
    person: "owner",
    arrange: (page) => openDialog(page, "Edit Checkout, production", "Edit key"),
  },
  {
    name: "key-revoke",
    path: "/dashboard/keys",
    person: "owner",
    arrange: (page) => openDialog(page, "Revoke Checkout, production", "Revoke key"),
  },
  {
    name: "request-open",
    path: "/dashboard/requests",
    person: "owner",
    arrange: async (page) => {
      await page.getByRole("region", { name: "Requests" }).getByRole("row").nth(1).getByRole("link").click();
      await expect(page.getByText("Link to this request")).toBeVisible();
    },
  },
  {
    name: "invoice",
    path: "/dashboard/billing",
    person: "owner",
    arrange: async (page) => {
      await page.getByRole("region", { name: "Invoices" }).getByRole("link").first().click();
      await page.waitForURL(/\/dashboard\/billing\/./);
      await expect(page.locator(".line.total")).toBeVisible();
    },
  },
  {
    name: "admin-partner",
    path: "/admin/partners",
    person: "admin",
    arrange: async (page) => {
      await page.getByRole("main").getByRole("link", { name: "Northwind Freight" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Northwind Freight" })).toBeVisible();
    },
  },
];

/** Every page as its address opens it, and every state. */
export const allStates: StateOf[] = [...allPages.map((page) => ({ ...page, arrange: async () => {} })), ...reached];

async function openDialog(page: Page, link: string, title: string): Promise<void> {
  await page.getByRole("link", { name: link }).click();
  await expect(page.getByRole("dialog", { name: title }).getByRole("button").first()).toBeVisible();
}
