// Who uses the portal in the journeys: the people of the demo company, and newcomers.
import { randomUUID } from "node:crypto";
import type { Browser, BrowserContextOptions, Page } from "@playwright/test";

/** The demo people's password, printed at the start of a demo portal. */
export const password = "move-parcels";

export const people = {
  /** Owner of a partner with two months of usage. */
  owner: "ana@northwind.example",
  /** May see everything of that partner but its bills' controls. */
  developer: "jonas@northwind.example",
  /** Runs the platform. */
  admin: "admin@parcelry.example",
} as const;

export type Person = keyof typeof people;

export type State = Exclude<BrowserContextOptions["storageState"], string | undefined>;

const states = new Map<Person, State>();

/** The cookies of a signed-in person; signs in once for each worker. */
export async function stateOf(person: Person, browser: Browser, baseURL: string | undefined): Promise<State> {
  const known = states.get(person);
  if (known) return known;
  const page = await browser.newPage({ baseURL, javaScriptEnabled: false });
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(people[person]);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  const state = await page.context().storageState();
  await page.context().close();
  states.set(person, state);
  return state;
}

export interface Newcomer {
  email: string;
  organisation: string;
  password: string;
}

/** Somebody whom the portal has never seen: journeys share one portal and run side by side. */
export function newcomer(): Newcomer {
  const word = randomUUID().slice(0, 8);
  return { email: `lin-${word}@partner.example`, organisation: `Freight ${word}`, password: "pallets and crates" };
}

/** Fills the sign-up form in and waits for the first page behind it. */
export async function signUp(page: Page, somebody: Newcomer): Promise<void> {
  await page.getByLabel("Work email").fill(somebody.email);
  await page.getByLabel("Password").fill(somebody.password);
  await page.getByLabel("Organisation").fill(somebody.organisation);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL((url) => url.pathname === "/dashboard");
}
