import type { FocusEvent } from "react";

/** Scrolls to what has the focus: browsers leave as it is what they show an edge or the cursor of. */
export const showWhole = ({ currentTarget }: FocusEvent) =>
  currentTarget.scrollIntoView({ block: "nearest", inline: "nearest" });
