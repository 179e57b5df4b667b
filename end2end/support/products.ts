// Products that journeys make for themselves, so that no journey disturbs another one or the demo's catalogue for long.
import { randomUUID } from "node:crypto";
import { expect, type Page } from "@playwright/test";

export interface ProductWish {
  id: string;
  name: string;
}

/** A product that nobody else has. */
export function ownProduct(title: string): ProductWish {
  const word = randomUUID().slice(0, 8);
  return { id: `${title.toLowerCase().replaceAll(" ", "-")}-${word}`, name: `${title} ${word}` };
}

/** Fills the form for a new product in; it leads to where its first document is published. */
export async function makeProduct(page: Page, { id, name }: ProductWish): Promise<void> {
  await page.getByRole("link", { name: "New product" }).click();
  await page.getByLabel("Id", { exact: true }).fill(id);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Description").fill("Made by a journey.");
  await page.getByLabel("Base URL").fill("internal:demo");
  await page.getByRole("button", { name: "Make product" }).click();
  await page.waitForURL((url) => url.pathname === `/admin/products/${id}/document`);
}

/** Retires a product, which takes it out of the catalogue. */
export async function retire(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "Parts of the product" }).getByRole("link", { name: "Details" }).click();
  await page.getByRole("radio", { name: /^Deprecated/ }).check();
  await page.getByRole("button", { name: "Change status" }).click();
  await expect(page.getByRole("main").getByText("Deprecated", { exact: true }).first()).toBeVisible();
}
