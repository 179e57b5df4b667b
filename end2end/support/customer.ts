// A partner that may call live: signed up, address confirmed, on the Starter plan. Plain forms do it, without JavaScript.
import type { Browser } from "@playwright/test";
import { confirmAddress } from "./outbox";
import { newcomer, nobody, signUp, type State } from "./people";

/** The cookies of the owner of a new partner with Starter for Shipment Tracking. */
export async function newCustomer(browser: Browser, baseURL: string | undefined): Promise<State> {
  const owner = newcomer();
  const page = await browser.newPage({ baseURL, storageState: nobody, javaScriptEnabled: false });
  await page.goto("/sign-up");
  await signUp(page, owner);
  await confirmAddress(page, owner.email, browser, baseURL);
  await page.goto("/apis/shipment-tracking/plans");
  await page.getByRole("button", { name: "Subscribe to Starter" }).click();
  await page.getByText("Your plan").waitFor();
  const state = await page.context().storageState();
  await page.context().close();
  return state;
}
