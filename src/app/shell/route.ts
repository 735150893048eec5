import { useSyncExternalStore } from "react";

/** A place in the page: `#/`, `#/lab?v=2&…`, `#/bench` or `#/bench?v=1&…`. */
export interface Route {
  readonly screen: "gallery" | "lab" | "bench" | "unknown";
  /** What stands behind the first question mark; absent where there is none, which is not the same as nothing. */
  readonly query: string | undefined;
  /** The whole of it, as it was written. */
  readonly hash: string;
}

/** Takes addresses in any case and with a slash too many, as hands and mail programs write them; guesses nothing else. */
export function parseRoute(hash: string): Route {
  const [path = "", ...rest] = hash.replace(/^#/, "").split("?");
  const query = rest.length > 0 ? rest.join("?") : undefined;
  const place = path.toLowerCase().replace(/\/+$/, "");
  const screens: Readonly<Record<string, Route["screen"]>> = { "": "gallery", "/lab": "lab", "/bench": "bench" };
  const screen = Object.hasOwn(screens, place) ? screens[place]! : "unknown";
  // The gallery has nothing that a query could be about.
  return { screen: screen === "gallery" && query !== undefined ? "unknown" : screen, query, hash };
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

/** Whether the address bar is still at a place of a screen: it may be elsewhere before anybody has heard of it. */
export function isAt(screen: Route["screen"], query: string | undefined): boolean {
  const now = parseRoute(window.location.hash);
  return now.screen === screen && now.query === query;
}

/** Keeps the address bar true without adding to the history; whoever reads it hears of it, as of any other change. */
export function replaceRoute(path: string): void {
  window.history.replaceState(null, "", `#${path}`);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

export function linkTo(path: string): string {
  const { origin, pathname } = window.location;
  return `${origin}${pathname}#${path}`;
}

/** A link that goes with files: of a page that only this machine serves, its hash alone. */
export function lastingLinkTo(path: string): string {
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\]|)$/.test(window.location.hostname);
  return isHere ? `#${path}` : linkTo(path);
}
