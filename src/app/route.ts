import { useSyncExternalStore } from "react";

/** A place in the page: `#/` or `#/lab?v=2&…`. */
export interface Route {
  readonly path: string;
  readonly query: string;
}

export function parseRoute(hash: string): Route {
  const [path = "", ...rest] = hash.replace(/^#/, "").split("?");
  return { path: path || "/", query: rest.join("?") };
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(
    (changed) => {
      window.addEventListener("hashchange", changed);
      return () => window.removeEventListener("hashchange", changed);
    },
    () => window.location.hash,
  );
  return parseRoute(hash);
}

export function goTo(path: string): void {
  window.location.hash = path;
}

/** Keeps the address bar true without adding to the history. */
export function replaceRoute(path: string): void {
  window.history.replaceState(null, "", `#${path}`);
}

export function linkTo(path: string): string {
  const { origin, pathname } = window.location;
  return `${origin}${pathname}#${path}`;
}
