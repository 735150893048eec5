// @ts-check
// A thread of a processor in Node: a worker thread.
import { workerData } from "node:worker_threads";
import { takePartInAll } from "./member.mjs";

takePartInAll(workerData);
