// Who uses the portal in the journeys: the people of the demo company, and newcomers.
import { randomUUID } from "node:crypto";
import type { BrowserContextOptions, Page } from "@playwright/test";

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

/** Nobody: a page that a journey opens beside its own would else have the cookies of the journey's person. */
export const nobody: State = { cookies: [], origins: [] };

/** The cookies of a demo person, who was signed in before the first journey began. */
export function stateOf(person: Person): State {
  const states = JSON.parse(process.env.PORTICO_STATES ?? "{}") as Partial<Record<Person, State>>;
  const state = states[person];
  if (!state) throw new Error(`${people[person]} was not signed in; the configuration must name support/sign-in.ts as its global set-up.`);
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
