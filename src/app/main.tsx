import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./shell/App.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/gallery.css";
import "./styles/doors.css";
import "./styles/setup.css";
import "./styles/picker.css";
import "./styles/lab.css";
import "./styles/panels.css";
import "./styles/narrow.css";
import "./styles/export.css";
import "./styles/link-length.css";
import "./styles/trust.css";
import "./styles/bench.css";
import "./styles/models-and-data.css";
import "@fontsource-variable/inter";
import "./charts/charts.css";
import "./charts/cards.css";
import "./styles/run.css";
import "./styles/low.css";
import "./styles/present.css";
import "./styles/forced.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
