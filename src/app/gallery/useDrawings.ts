import { useEffect, useState } from "react";
import { painted } from "./painted.ts";

/** What draws recordings, once it is there, or that it cannot be had. */
export type Drawings = typeof import("./drawings.ts") | "failed" | undefined;

export function useDrawings(): Drawings {
  const [drawings, setDrawings] = useState<Drawings>();
  useEffect(() => {
    painted()
      .then(() => import("./drawings.ts"))
      .then(setDrawings, () => setDrawings("failed"));
  }, []);
  return drawings;
}
