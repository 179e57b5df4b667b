// Signs the demo's people in once for the whole run: the portal counts the tries of one address, and workers come and go.
import { chromium, type FullConfig } from "@playwright/test";
import { password, people, type Person, type State } from "./people";

export default async function signEverybodyIn(config: FullConfig): Promise<void> {
  const { baseURL, launchOptions } = config.projects[0]?.use ?? {};
  const browser = await chromium.launch(launchOptions);
  const states: Partial<Record<Person, State>> = {};
  for (const person of Object.keys(people) as Person[]) {
    const page = await browser.newPage({ baseURL, javaScriptEnabled: false });
    await page.goto("/sign-in");
    await page.getByLabel("Email").fill(people[person]);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((url) => url.pathname !== "/sign-in");
    states[person] = await page.context().storageState();
    await page.context().close();
  }
  await browser.close();
  process.env.PORTICO_STATES = JSON.stringify(states);
}
