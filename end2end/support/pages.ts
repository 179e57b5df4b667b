// Every page that can be opened by its address alone, for the checks that walk over all of them.
import type { Person } from "./people";

export interface PageOf {
  /** Names the picture and the test. */
  name: string;
  path: string;
  /** Who may open it; anybody where it is not said. */
  person?: Person;
  /** What the browser logs about this page on purpose, such as the status of a page that is not there. */
  expectedErrors?: RegExp[];
}

export const publicPages: PageOf[] = [
  { name: "home", path: "/" },
  { name: "catalogue", path: "/apis" },
  { name: "catalogue-search", path: "/apis?q=label" },
  { name: "catalogue-nothing-found", path: "/apis?q=zeppelin" },
  { name: "product", path: "/apis/shipment-tracking" },
  { name: "product-plans", path: "/apis/shipment-tracking/plans" },
  { name: "product-docs", path: "/apis/shipment-tracking/docs" },
  { name: "product-operation", path: "/apis/shipment-tracking/docs/trackShipment" },
  { name: "product-schema", path: "/apis/shipment-tracking/schemas/Shipment" },
  { name: "product-console-body", path: "/apis/rates/console?operation=quoteShipment" },
  { name: "product-console", path: "/apis/shipment-tracking/console" },
  { name: "product-changelog", path: "/apis/shipment-tracking/changelog" },
  { name: "pricing", path: "/pricing" },
  { name: "changelog", path: "/changelog" },
  { name: "status", path: "/status" },
  { name: "sign-in", path: "/sign-in" },
  { name: "sign-up", path: "/sign-up" },
  { name: "forgot", path: "/forgot" },
  { name: "reset", path: "/reset?token=spent" },
  { name: "confirm", path: "/confirm?token=spent" },
  { name: "join", path: "/join?token=spent" },
  { name: "not-found", path: "/no-such-page", expectedErrors: [/404/] },
];

export const partnerPages: PageOf[] = [
  { name: "dashboard", path: "/dashboard", person: "owner" },
  { name: "dashboard-90-days", path: "/dashboard?range=90d", person: "owner" },
  { name: "dashboard-sandbox", path: "/dashboard?env=test", person: "owner" },
  { name: "usage", path: "/dashboard/usage", person: "owner" },
  { name: "requests", path: "/dashboard/requests", person: "owner" },
  { name: "keys", path: "/dashboard/keys", person: "owner" },
  { name: "key-new", path: "/dashboard/keys/new", person: "owner" },
  { name: "requests-nothing", path: "/dashboard/requests?status=3", person: "owner" },
  { name: "requests-mistyped", path: "/dashboard/requests?status=abc&from=2026-02-01&to=2026-01-01", person: "owner" },
  { name: "billing", path: "/dashboard/billing", person: "owner" },
  { name: "team", path: "/dashboard/team", person: "owner" },
  { name: "settings", path: "/dashboard/settings", person: "owner" },
  { name: "console-signed-in", path: "/apis/shipment-tracking/console", person: "owner" },
  { name: "plans-signed-in", path: "/apis/shipment-tracking/plans", person: "owner" },
  { name: "admin-refused", path: "/admin", person: "owner", expectedErrors: [/403/] },
];

export const adminPages: PageOf[] = [
  { name: "admin", path: "/admin", person: "admin" },
  { name: "admin-products", path: "/admin/products", person: "admin" },
  { name: "admin-product-new", path: "/admin/products/new", person: "admin" },
  { name: "admin-product", path: "/admin/products/shipment-tracking", person: "admin" },
  { name: "admin-product-document", path: "/admin/products/labels/document", person: "admin" },
  { name: "admin-product-plans", path: "/admin/products/shipment-tracking/plans", person: "admin" },
  { name: "admin-product-upstream", path: "/admin/products/shipment-tracking/upstream", person: "admin" },
  { name: "admin-tokens", path: "/admin/tokens", person: "admin" },
  { name: "admin-partners", path: "/admin/partners", person: "admin" },
  { name: "admin-revenue", path: "/admin/revenue", person: "admin" },
  { name: "admin-audit", path: "/admin/audit", person: "admin" },
  { name: "admin-outbox", path: "/admin/outbox", person: "admin" },
  { name: "admin-gateway", path: "/admin/gateway", person: "admin" },
  { name: "admin-branding", path: "/admin/branding", person: "admin" },
];

export const allPages: PageOf[] = [...publicPages, ...partnerPages, ...adminPages];
