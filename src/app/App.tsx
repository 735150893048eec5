import { MoonStar, Presentation, Sun } from "lucide-react";
import { useEffect } from "react";
import { Gallery } from "./gallery/Gallery.tsx";
import { Lab } from "./lab/Lab.tsx";
import { useRoute } from "./route.ts";
import { useLab } from "./store.ts";
import { useStored } from "./useStored.ts";

type Theme = "light" | "dark";

/** The frame round every screen: skip link, name, device, theme. */
export function App() {
  const { path, query } = useRoute();
  const [theme, setTheme] = useStored<Theme>(
    "theme",
    matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  );
  const [isPresenting, setPresenting] = useStored("present", false);
  const device = useLab((state) => state.device);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.view = isPresenting ? "present" : "normal";
  }, [theme, isPresenting]);

  const inLab = path === "/lab";
  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <header className="topbar">
        <a className="brand" href="#/">
          <img src="./favicon.svg" alt="" width="28" height="28" />
          Rankscope
        </a>
        <nav aria-label="Screens">
          <a href="#/" aria-current={inLab ? undefined : "page"}>
            Gallery
          </a>
          <a href="#/lab" aria-current={inLab ? "page" : undefined}>
            Lab
          </a>
        </nav>
        <span className="spacer" />
        {device && (
          <span className="device" title={`${device.vendor} ${device.architecture} ${device.description}`}>
            {device.kind === "software" ? "Software GPU" : device.architecture || device.vendor}
          </span>
        )}
        <button type="button" className="icon" aria-pressed={isPresenting} onClick={() => setPresenting(!isPresenting)}>
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
        {inLab ? <Lab query={query} /> : <Gallery />}
      </main>
    </>
  );
}
