// Real OpenAPI documents, and an independent count of what is in them.
import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";

const folder = process.env.PORTICO_SPECS ?? new URL("../../../shared/specs", import.meta.url).pathname;

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** The text of a document, or nothing where this machine does not have it. */
export function documentText(file: string): string | undefined {
  const path = `${folder}/${file}`;
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** `GET /trips` for each operation of a document, and `POST newBooking` for each webhook. */
export function operationsIn(text: string): string[] {
  const document = parse(text) as { paths?: Items; webhooks?: Items };
  return [...listed(document.paths ?? {}), ...listed(document.webhooks ?? {})];
}

type Items = Record<string, Record<string, unknown>>;

function listed(items: Items): string[] {
  return Object.entries(items).flatMap(([path, item]) =>
    methods.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
  );
}
