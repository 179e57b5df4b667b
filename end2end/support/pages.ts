// Every page that a visitor can open without signing in, for the checks that walk over all of them.
export const publicPages = [
  { name: "home", path: "/" },
  { name: "catalogue", path: "/apis" },
  { name: "product", path: "/apis/shipment-tracking" },
  { name: "sign-in", path: "/sign-in" },
  { name: "sign-up", path: "/sign-up" },
  { name: "not-found", path: "/no-such-page" },
] as const;
