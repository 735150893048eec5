import { createContext } from "react";

/** The height of charts within, in pixels, where it is not their own to choose. */
export const ChartHeight = createContext<number | undefined>(undefined);
