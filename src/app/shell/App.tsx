import { MoonStar, Presentation, Sun } from "lucide-react";
import { useEffect } from "react";
import { Gallery } from "../gallery/Gallery.tsx";
import { watchPace } from "../state/pace.ts";
import { lab, useLab } from "../state/store.ts";
import { useStored } from "../state/useStored.ts";
import { Announcer } from "./Announcer.tsx";
import { EndRun } from "./EndRun.tsx";
import { lateScreen } from "./lateScreen.tsx";
import { useRoute } from "./route.ts";
import { UnknownAddress } from "./UnknownAddress.tsx";
import { useLeaveGuard } from "./useLeaveGuard.ts";

const { Screen: Lab, fetch: fetchLab } = lateScreen("The lab", () => import("../lab/Lab.tsx"));
const { Screen: Bench } = lateScreen("The bench", () => import("../bench/Bench.tsx"));

type Theme = "light" | "dark";

/** Devices that are named by their kind. */
const deviceNames: Readonly<Record<string, string>> = { software: "Software GPU", cpu: "Processor" };

/** The frame round every screen: skip link, name, device, theme. */
export function App() {
  const { screen, query, hash } = useRoute();
  const [theme, setTheme] = useStored<Theme>(
    "theme",
    matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  );
  const isPresenting = useLab((state) => state.isPresenting);
  const device = useLab((state) => state.device);

  useLeaveGuard();
  // The gallery is there first; the lab follows while it is looked at.
  useEffect(fetchLab, []);
  useEffect(watchPace, []);
  // Each place begins at its top, wherever the one before was scrolled to.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that matters.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [screen]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.view = isPresenting ? "present" : "normal";
  }, [theme, isPresenting]);
  useEffect(() => {
    if (!isPresenting) return;
    const leave = (event: KeyboardEvent) => event.key === "Escape" && lab.present(false);
    window.addEventListener("keydown", leave);
    return () => window.removeEventListener("keydown", leave);
  }, [isPresenting]);

  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <header className="topbar">
        <a className="brand" href="#/">
          <img src="../favicon.svg" alt="" width="28" height="28" />
          <span>Rankscope</span>
        </a>
        <nav aria-label="Screens">
          <a href="#/" aria-current={screen === "gallery" ? "page" : undefined}>
            Gallery
          </a>
          <a href="#/lab" aria-current={screen === "lab" ? "page" : undefined}>
            Lab
          </a>
          <a href="#/bench" aria-current={screen === "bench" ? "page" : undefined}>
            Bench
          </a>
        </nav>
        <span className="spacer" />
        {device && (
          <span
            className="device"
            title={[device.vendor, device.architecture, device.description].filter(Boolean).join(" ")}
          >
            {deviceNames[device.kind] ?? (device.architecture || device.vendor)}
          </span>
        )}
        <button type="button" className="icon" aria-pressed={isPresenting} onClick={() => lab.present(!isPresenting)}>
          <Presentation aria-hidden="true" />
          <span className="visually-hidden">Projector view</span>
        </button>
        <button
          type="button"
          className="icon"
          aria-pressed={theme === "dark"}
          onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
        >
          {theme === "dark" ? <Sun aria-hidden="true" /> : <MoonStar aria-hidden="true" />}
          <span className="visually-hidden">Dark colours</span>
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {screen === "unknown" && <UnknownAddress query={query} hash={hash} />}
        {screen === "lab" && <Lab query={query} />}
        {screen === "bench" && <Bench query={query} />}
        {(screen === "gallery" || screen === "unknown") && <Gallery />}
        <Announcer />
        <EndRun />
      </main>
    </>
  );
}
