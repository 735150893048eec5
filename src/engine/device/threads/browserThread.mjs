// @ts-check
// A thread of a processor in browsers: a module worker.
import { takePartInAll } from "./member.mjs";

addEventListener(
  "message",
  ({ data }) => {
    takePartInAll(data);
    close();
  },
  { once: true },
);
